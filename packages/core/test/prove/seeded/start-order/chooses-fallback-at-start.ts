// The shop looks whether the cache has started, and otherwise works without it until it ends. It does not require it.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the shop uses the cache. is broken/,
  options: (world) => {
    let [isCacheOpen, usesCache, hasChosen] = [false, false, false]
    world.invariant('the shop uses the cache', () => !hasChosen || usesCache)
    const cache = defineModule({
      name: 'cache',
      async start() {
        await world.step('connect to the cache')
        isCacheOpen = true
      },
    })
    const shop = defineModule({
      name: 'shop',
      async start() {
        await world.step('connect to the database')
        usesCache = isCacheOpen
        hasChosen = true
      },
    })
    return { modules: [cache, shop], startup: { concurrency: 'levels' } }
  },
}
