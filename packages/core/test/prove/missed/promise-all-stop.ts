// One of two releases fails, and the stop ends while the other one writes. Only an invariant would show what it loses.

import { defineModule } from '../../../src/index.ts'
import type { Seeded } from '../seeded.ts'
import { Pool } from '../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end/,
  options: (world) => {
    const pool = new Pool()
    const database = defineModule({
      name: 'database',
      start: () => pool.connect(),
      stop: () => pool.end(),
    })
    const exporters = defineModule({
      name: 'exporters',
      requires: ['database'],
      async start() {},
      async stop() {
        const flush = async () => {
          await world.step('encode the rest')
          await pool.query()
        }
        await Promise.all([world.step('close the socket'), flush()])
      },
    })
    return { modules: [database, exporters] }
  },
}
