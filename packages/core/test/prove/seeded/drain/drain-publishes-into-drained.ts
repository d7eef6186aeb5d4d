// The drain of the orders publishes what is left. The drain of the publisher runs beside it, and may be over.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /drain of orders fails: the publisher is drained/,
  options: (world) => {
    let isDrained = false
    const publisher = defineModule({
      name: 'publisher',
      start() {},
      async drain() {
        await world.step('send what is buffered')
        isDrained = true
      },
    })
    const orders = defineModule({
      name: 'orders',
      requires: ['publisher'],
      start() {},
      async drain() {
        await world.step('close the open orders')
        if (isDrained) throw new Error('the publisher is drained')
      },
    })
    return { modules: [publisher, orders] }
  },
}
