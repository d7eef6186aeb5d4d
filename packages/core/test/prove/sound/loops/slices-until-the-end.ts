// Rows are handled in slices by setImmediate until the drain begins, and the stop waits for the last slice.

import { setImmediate as slice } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const sound: Sound = () => {
  const pool = new Pool()
  const database = defineModule({ name: 'database', start: () => pool.connect(), stop: () => pool.end() })
  const indexer = defineModule({
    name: 'indexer',
    requires: ['database'],
    start({ spawn }) {
      spawn(
        'index',
        async (signal) => {
          for (let rows = 100; rows > 0 && !signal.aborted; rows -= 10) {
            await pool.query()
            await slice()
          }
        },
        { until: 'drain' },
      )
    },
  })
  return { modules: [database, indexer] }
}
