// The payment stays when the shipment fails.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .what is paid is shipped. is broken/,
  options: (world) => {
    let [paid, shipped] = [0, 0]
    world.invariant('what is paid is shipped', () => !world.ended || paid === shipped)
    const shop = defineModule({
      name: 'shop',
      start({ track }) {
        world.request('an order', async () => {
          using _work = track('request', 'POST /orders')
          await world.step('charge the card')
          paid++
          await world.step('order the shipment')
          shipped++
        })
      },
    })
    return { modules: [shop] }
  },
}
