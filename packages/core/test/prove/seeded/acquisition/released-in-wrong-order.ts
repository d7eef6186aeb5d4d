// Releases run in reverse order, so that the one that is registered first runs last: after the pool has ended.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /defer of database fails: Cannot use a pool after calling end/,
  options: (world) => {
    const pool = new Pool()
    const database = defineModule({
      name: 'database',
      async start({ defer }) {
        defer(async () => {
          await world.step('encode the statistics')
          await pool.query()
        })
        await pool.connect()
        defer(() => pool.end())
      },
    })
    return { modules: [database] }
  },
}
