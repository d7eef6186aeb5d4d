// The cache is cleared after the row is written. If that fails, or a reader comes between, it keeps the old price.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the cache has no old price at the end. is broken/,
  options: (world) => {
    let row = 1
    const cache = new Map<string, number>()
    world.invariant(
      'the cache has no old price at the end',
      () => !world.ended || (cache.get('tea') ?? row) === row,
    )
    const prices = defineModule({
      name: 'prices',
      start({ track }) {
        world.request('read the price', async () => {
          using _work = track('request', 'GET /price')
          const price = row
          await world.step('query the price')
          cache.set('tea', price)
        })
        world.request('change the price', async () => {
          using _work = track('request', 'PUT /price')
          row = 2
          cache.delete('tea')
          await world.step('commit')
        })
      },
    })
    return { modules: [prices] }
  },
}
