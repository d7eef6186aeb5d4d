// The flush of the stop is repeated after a pause that is longer than the stop may take.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /(stop of exporter does not end in its time|the stop takes)/,
  options: (world) => {
    const exporter = defineModule({
      name: 'exporter',
      start() {},
      async stop() {
        for (let pause = 45_000; ; pause *= 2) {
          try {
            return await world.step('send the metrics')
          } catch {
            await sleep(pause)
          }
        }
      },
    })
    return { modules: [exporter] }
  },
}
