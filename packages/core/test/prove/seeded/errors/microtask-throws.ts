// A result is handed on by queueMicrotask, where an exception has no caller.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /no price yet/,
  options: (world) => {
    const prices = new Map<string, number>()
    const show = (price: number | undefined) => {
      if (price === undefined) throw new Error('no price yet')
    }
    const shop = defineModule({
      name: 'shop',
      start({ spawn }) {
        spawn('load', async (signal) => {
          await world.step('load the prices', signal).catch(() => {})
          prices.set('tea', 3)
        })
        world.request('a price', () => queueMicrotask(() => show(prices.get('tea'))))
      },
    })
    return { modules: [shop] }
  },
}
