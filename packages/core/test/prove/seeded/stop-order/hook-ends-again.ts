// A hook of the application closes what a module has closed.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /onShutdown of closeDatabase fails: Called end on pool more than once/,
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
        async function closeDatabase() {
          await pool.end()
        },
      ],
    }
  },
}
