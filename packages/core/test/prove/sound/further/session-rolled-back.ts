// A session is rolled back before it returns to the pool.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let [pending, stored, failed] = [0, 0, 0]
  world.invariant('a failed request stores nothing', () => stored <= 2 - failed)
  const users = defineModule({
    name: 'users',
    start({ track }) {
      let last: Promise<unknown> = Promise.resolve()
      for (const name of ['first', 'second'])
        world.request(`the ${name} transfer`, async () => {
          using _work = track('request', name)
          const before = last
          let free = () => {}
          last = new Promise<void>((resolve) => {
            free = resolve
          })
          await before
          pending++
          try {
            await world.step(`debit for the ${name}`)
            stored += pending
          } catch (error) {
            failed++
            throw error
          } finally {
            pending = 0
            free()
          }
        })
    },
  })
  return { modules: [users] }
}
