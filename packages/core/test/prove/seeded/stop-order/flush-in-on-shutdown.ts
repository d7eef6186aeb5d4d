// The rows are flushed in `onShutdown`, when the database has stopped.

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
    return {
      modules: [database],
      onShutdown: [
        async function flush() {
          await pool.query()
        },
      ],
    }
  },
}
