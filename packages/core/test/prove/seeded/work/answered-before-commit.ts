// The answer is sent when the statement is done, and before the commit, which may fail.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .what is answered is stored. is broken/,
  options: (world) => {
    let [answered, stored] = [0, 0]
    world.invariant('what is answered is stored', () => !world.ended || answered <= stored)
    const orders = defineModule({
      name: 'orders',
      start({ track, logger }) {
        world.request('an order', async () => {
          const work = track('request', 'POST /orders')
          await world.step('insert the order')
          answered++
          void world
            .step('commit')
            .then(() => stored++)
            .catch((error) => logger.error({ err: error }, 'cannot commit'))
            .finally(() => work.done())
        })
      },
    })
    return { modules: [orders] }
  },
}
