// The promise of a lookup is cached, and with it its failure: every later request fails as well.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .the second customer. failed/,
  options: (world) => {
    const cache = new Map<string, Promise<void>>()
    const rate = (currency: string) => {
      let found = cache.get(currency)
      if (!found) {
        found = world.step(`load the rate of ${currency}`)
        cache.set(currency, found)
      }
      return found
    }
    const shop = defineModule({
      name: 'shop',
      start({ track }) {
        for (const name of ['the first customer', 'the second customer']) {
          world.request(name, async () => {
            using _work = track('request', name)
            await rate('EUR')
          })
        }
      },
    })
    return { modules: [shop] }
  },
}
