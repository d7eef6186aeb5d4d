// A service writes in its disposal, which follows the stop of the database.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end/,
  options: () => {
    const pool = new Pool()
    class Audit {
      async [Symbol.asyncDispose]() {
        await pool.query()
      }
    }
    const database = defineModule({
      name: 'database',
      start: () => pool.connect(),
      stop: () => pool.end(),
    })
    const audit = defineModule({
      name: 'audit',
      requires: ['database'],
      configure: (container) => void container.register(Audit),
      start: ({ app }) => void app.container.get(Audit),
    })
    return { modules: [database, audit] }
  },
}
