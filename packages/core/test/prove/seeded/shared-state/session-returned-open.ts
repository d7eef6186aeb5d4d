// A session goes back to the pool with its transaction open when the request fails. The next request commits it.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .a failed request stores nothing. is broken/,
  options: (world) => {
    let [pending, stored, failed] = [0, 0, 0]
    world.invariant('a failed request stores nothing', () => stored <= 2 - failed)
    const users = defineModule({
      name: 'users',
      start({ track }) {
        for (const name of ['first', 'second'])
          world.request(`the ${name} transfer`, async () => {
            using _work = track('request', name)
            pending++
            try {
              await world.step(`debit for the ${name}`)
            } catch (error) {
              failed++
              throw error
            }
            stored += pending
            pending = 0
          })
      },
    })
    return { modules: [users] }
  },
}
