// The heartbeat of a job ends when the drain begins, while the job runs on: another worker takes it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .a running job is claimed. is broken/,
  options: (world) => {
    let expires = Number.POSITIVE_INFINITY
    let isRunning = false
    world.invariant('a running job is claimed', () => !isRunning || world.time <= expires)
    const worker = defineModule({
      name: 'worker',
      start({ spawn, ending }) {
        spawn('work', async () => {
          await world.step('claim a job')
          isRunning = true
          expires = world.time + 3_000
          const heartbeat = setInterval(() => {
            expires = world.time + 3_000
          }, 1_000)
          ending.addEventListener('abort', () => clearInterval(heartbeat))
          for (let part = 0; part < 5; part++) await sleep(1_000)
          isRunning = false
          clearInterval(heartbeat)
        })
      },
    })
    return { modules: [worker] }
  },
}
