// A circuit breaker refuses calls for a while after a failure. Its callers answer with what they have.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let openUntil = 0
  const call = async (name: string) => {
    if (Date.now() < openUntil) throw new Error('the circuit is open')
    try {
      await world.step(`call for ${name}`)
    } catch (error) {
      openUntil = Date.now() + 10_000
      throw error
    }
  }
  const prices = defineModule({
    name: 'prices',
    start({ track }) {
      for (const name of ['one', 'two']) {
        world.request(name, async () => {
          using _work = track('request', name)
          await call(name).catch(() => 'the last price')
        })
      }
    },
  })
  return { modules: [prices] }
}
