// Background tasks obey their signals, and the lifecycle owns them.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let rows = 3
  const worker = defineModule({
    name: 'worker',
    start({ spawn, every }) {
      spawn(
        'consume',
        async (signal) => {
          while (!signal.aborted && rows > 0) {
            rows--
            await sleep(50)
          }
        },
        { until: 'drain' },
      )
      every(1_000, 'report', () => {})
    },
  })
  world.invariant('no row is taken twice', () => rows >= 0)
  return { modules: [worker] }
}
