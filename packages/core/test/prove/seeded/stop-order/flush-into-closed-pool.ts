// The flush is deferred before the pool, so that the pool is closed first.

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
