// A task that fails begins itself again, also when it failed because of the stop.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the feed is read by one task. is broken/,
  options: (world) => {
    let runs = 0
    world.invariant('the feed is read by one task', () => runs <= 1)
    const feed = defineModule({
      name: 'feed',
      start({ spawn }) {
        const read = async (signal: AbortSignal): Promise<void> => {
          runs++
          try {
            while (!signal.aborted) {
              await world.step('read the feed', signal)
              await sleep(1_000, undefined, { signal })
            }
          } catch {
            spawn('read', read)
          } finally {
            await world.step('close the feed')
            runs--
          }
        }
        spawn('read', read)
      },
    })
    return { modules: [feed] }
  },
}
