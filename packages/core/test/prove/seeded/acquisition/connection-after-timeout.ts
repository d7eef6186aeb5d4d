// A connection that is established after the start was abandoned is never closed.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no connection is left. is broken/,
  options: (world) => {
    let open = 0
    world.invariant('no connection is left', () => !world.ended || open === 0)
    const database = defineModule({
      name: 'database',
      async start() {
        await world.step('connect')
        open++
      },
      async stop() {
        await world.step('disconnect')
        open--
      },
    })
    return { modules: [database] }
  },
}
