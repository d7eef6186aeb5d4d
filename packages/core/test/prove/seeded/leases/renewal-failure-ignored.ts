// A renewal of the lease fails and is only counted. The leader writes on when the lease has expired.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .only the owner of the lease writes. is broken/,
  options: (world) => {
    let [until, written] = [0, true]
    world.invariant('only the owner of the lease writes', () => written)
    const leader = defineModule({
      name: 'leader',
      start({ every }) {
        until = Date.now() + 1_500
        every(1_000, 'renew', async () => {
          await world.step('renew the lease').then(
            () => {
              until = Date.now() + 1_500
            },
            () => {},
          )
        })
        every(400, 'write', () => {
          written &&= Date.now() <= until
        })
      },
    })
    return { modules: [leader] }
  },
}
