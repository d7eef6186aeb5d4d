// The outer module flushes in its release, when the inner one has closed the pool that they share.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool/,
  options: (world) => {
    const pool = new Pool()
    const writer = defineModule({
      name: 'writer',
      async start({ defer }) {
        await pool.connect()
        defer(() => pool.end())
        await world.step('load the schema')
      },
    })
    const outer = defineModule({
      name: 'outer',
      async start({ defer }) {
        defer(() => pool.query())
      },
    })
    return { modules: [outer, writer] }
  },
}
