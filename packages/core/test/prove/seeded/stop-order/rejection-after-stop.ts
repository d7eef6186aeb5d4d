// A refresh that nothing waits for fails when the pool has ended.

import { setTimeout as sleep } from 'node:timers/promises'
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
    const rates = defineModule({
      name: 'rates',
      requires: ['database'],
      start() {
        void sleep(50).then(() => pool.query())
      },
    })
    return { modules: [database, rates] }
  },
}
