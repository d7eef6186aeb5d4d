// The work counts as done before its result is written.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every answered order is stored. is broken/,
  options: (world) => {
    let [answered, stored] = [0, 0]
    world.invariant('every answered order is stored', () => !world.ended || answered === stored)
    const orders = defineModule({
      name: 'orders',
      start({ track }) {
        world.request('an order', () => {
          const work = track('request', 'POST /orders')
          answered++
          work.done()
          void world.step('store the order').then(
            () => stored++,
            () => stored++,
          )
        })
      },
    })
    return { modules: [orders] }
  },
}
