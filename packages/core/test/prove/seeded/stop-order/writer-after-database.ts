// The writer flushes in its stop, and does not require the database: by levels, both stop side by side.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end/,
  options: () => {
    const pool = new Pool()
    const database = defineModule({
      name: 'database',
      async start() {
        await pool.connect()
      },
      async stop() {
        await pool.end()
      },
    })
    const writer = defineModule({
      name: 'writer',
      async stop() {
        await pool.query()
      },
    })
    return { modules: [database, writer], startup: { concurrency: 'levels' } }
  },
}
