// Rows are handled in slices by setImmediate, and nothing stops the loop.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end|leaves a timer: setImmediate|again and again after the end/,
  options: () => {
    const pool = new Pool()
    const database = defineModule({ name: 'database', start: () => pool.connect(), stop: () => pool.end() })
    const indexer = defineModule({
      name: 'indexer',
      requires: ['database'],
      start() {
        const slice = async () => {
          await pool.query()
          setImmediate(slice)
        }
        setImmediate(slice)
      },
    })
    return { modules: [database, indexer] }
  },
}
