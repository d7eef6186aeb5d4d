// The pool is closed by `defer` and by `stop`.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Called end on pool more than once/,
  options: () => {
    const pool = new Pool()
    const database = defineModule({
      name: 'database',
      async start({ defer }) {
        await pool.connect()
        defer(() => pool.end())
      },
      async stop() {
        await pool.end()
      },
    })
    return { modules: [database] }
  },
}
