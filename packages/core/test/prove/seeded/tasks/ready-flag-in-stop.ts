// The service says that it is ready until its stop, and takes work after its drain.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every job is done. is broken/,
  options: (world) => {
    let [isAccepting, taken, done] = [false, 0, 0]
    const queue: number[] = []
    world.invariant('every job is done', () => !world.ended || taken === done)
    const jobs = defineModule({
      name: 'jobs',
      start({ spawn, track }) {
        isAccepting = true
        spawn('work', async (signal) => {
          while (!signal.aborted) {
            done += queue.splice(0).length
            await sleep(100, undefined, { signal }).catch(() => {})
          }
        })
        world.request('a job', async () => {
          using _work = track('request', 'a job')
          await world.step('check the job')
          if (!isAccepting) return
          taken++
          queue.push(1)
        })
      },
      drain() {
        done += queue.splice(0).length
      },
      stop() {
        isAccepting = false
      },
    })
    return { modules: [jobs] }
  },
}
