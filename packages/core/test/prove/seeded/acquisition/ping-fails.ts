// The release is declared after a check that may fail.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no connection is left. is broken/,
  options: (world) => {
    let open = 0
    world.invariant('no connection is left', () => !world.ended || open === 0)
    const database = defineModule({
      name: 'database',
      async start({ defer }) {
        await world.step('connect')
        open++
        await world.step('ping')
        defer(() => open--)
      },
    })
    return { modules: [database] }
  },
}
