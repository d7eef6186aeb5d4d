// The stop deletes the lease without a look at its owner. Another process may have taken it meanwhile.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the lease of the other process stays. is broken/,
  options: (world) => {
    let owner: 'this' | 'other' | undefined
    let [taken, stays] = [false, true]
    world.invariant('the lease of the other process stays', () => stays)
    const leader = defineModule({
      name: 'leader',
      start() {
        owner = 'this'
        world.request('the lease expires, and another process takes it', () => {
          owner = 'other'
          taken = true
        })
      },
      async stop() {
        await world.step('delete the lease').catch(() => {})
        owner = undefined
        stays = !taken || owner !== undefined
      },
    })
    return { modules: [leader] }
  },
}
