// Requests share a lookup that runs, and a failed one is not kept.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let running: Promise<void> | undefined
  let calls = 0
  const load = () => {
    running ??= world.step('load the rates').finally(() => {
      running = undefined
    })
    calls++
    return running
  }
  world.invariant('calls are counted', () => calls <= 2)
  const shop = defineModule({
    name: 'shop',
    start({ track }) {
      for (const name of ['one', 'two']) {
        world.request(name, async () => {
          using _work = track('request', name)
          await load()
        })
      }
    },
  })
  return { modules: [shop] }
}
