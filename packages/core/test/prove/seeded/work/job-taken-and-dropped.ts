// A worker takes a job and returns when its signal aborts, without the job.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every job is done or in the queue. is broken/,
  options: (world) => {
    const queue = ['a', 'b', 'c']
    let done = 0
    world.invariant('every job is done or in the queue', () => !world.ended || done + queue.length === 3)
    const worker = defineModule({
      name: 'worker',
      start({ spawn }) {
        spawn('work', async (signal) => {
          while (!signal.aborted && queue.length > 0) {
            queue.shift()
            await sleep(100)
            if (signal.aborted) return
            done++
          }
        })
      },
    })
    return { modules: [worker] }
  },
}
