// The stop flushes with forEach, which does not wait.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end|writer/,
  options: (world) => {
    const pool = new Pool()
    const buffers = [['a'], ['b']]
    const database = defineModule({
      name: 'database',
      async start({ defer }) {
        await pool.connect()
        defer(() => pool.end())
      },
    })
    const writer = defineModule({
      name: 'writer',
      requires: ['database'],
      async stop() {
        buffers.forEach(async () => {
          await world.step('encode')
          await pool.query()
        })
      },
    })
    return { modules: [database, writer] }
  },
}
