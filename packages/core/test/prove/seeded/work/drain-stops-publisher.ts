// The broker closes its publisher in the drain, beside the drain of the orders, which still publish.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /drain of orders fails: the channel is closed/,
  options: (world) => {
    let isOpen = true
    const broker = defineModule({
      name: 'broker',
      async drain() {
        await null
        isOpen = false
      },
    })
    const orders = defineModule({
      name: 'orders',
      requires: ['broker'],
      async drain() {
        await world.step('finish the order')
        if (!isOpen) throw new Error('the channel is closed')
      },
    })
    return { modules: [broker, orders] }
  },
}
