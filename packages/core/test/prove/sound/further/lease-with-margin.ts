// A leader that stops writing before its lease ends, whatever becomes of a renewal.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let [until, wrote] = [0, true]
  world.invariant('only the owner of the lease writes', () => wrote)
  const leader = defineModule({
    name: 'leader',
    start({ every }) {
      until = Date.now() + 1_500
      every(1_000, 'renew', async (signal) => {
        const asked = Date.now()
        await world.step('renew the lease', signal).then(
          () => {
            until = asked + 1_500
          },
          () => {},
        )
      })
      every(400, 'write', () => {
        if (Date.now() < until) wrote &&= Date.now() <= until
      })
    },
  })
  return { modules: [leader] }
}
