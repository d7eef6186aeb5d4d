// The rates are loaded beside the old ones, and swapped when they are complete.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let rates = new Map([['EUR', 1.1]])
  const module = defineModule({
    name: 'rates',
    start({ every, track }) {
      every(60_000, 'reload the rates', async () => {
        const next = new Map<string, number>()
        await world.step('load the rates').then(
          () => {
            rates = next.set('EUR', 1.2)
          },
          () => {},
        )
      })
      world.request('a price', async () => {
        using _work = track('request', 'a price')
        await world.step('look up the article')
        if (!rates.has('EUR')) throw new Error('no rate for EUR')
      })
    },
  })
  return { modules: [module] }
}
