// The start obeys its signal after it has connected, and forgets the connection.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no connection is left. is broken/,
  options: (world) => {
    let open = 0
    world.invariant('no connection is left', () => !world.ended || open === 0)
    const database = defineModule({
      name: 'database',
      async start({ signal, defer }) {
        await null
        open++
        signal.throwIfAborted()
        defer(() => open--)
      },
    })
    return { modules: [database] }
  },
}
