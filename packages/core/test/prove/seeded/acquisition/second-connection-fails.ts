// The first of two connections is left open when the second one fails.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no connection is left. is broken/,
  options: (world) => {
    const open = new Set<string>()
    world.invariant('no connection is left', () => !world.ended || open.size === 0)
    const replicas = defineModule({
      name: 'replicas',
      async start({ signal }) {
        for (const name of ['primary', 'replica']) {
          await world.step(`connect to the ${name}`, signal)
          open.add(name)
        }
      },
      stop: () => open.clear(),
    })
    return { modules: [replicas] }
  },
}
