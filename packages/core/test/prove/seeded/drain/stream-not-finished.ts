// The stop ends a stream and does not wait until it has written what it holds.

import { Writable } from 'node:stream'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end|the invariant .every row is written. is broken/,
  options: (world) => {
    const pool = new Pool()
    let [accepted, written] = [0, 0]
    world.invariant('every row is written', () => !world.ended || accepted === written)
    const database = defineModule({ name: 'database', start: () => pool.connect(), stop: () => pool.end() })
    let rows: Writable
    const log = defineModule({
      name: 'log',
      requires: ['database'],
      start() {
        rows = new Writable({
          objectMode: true,
          async write(_row, _encoding, done) {
            try {
              await world.step('insert a row')
              await pool.query()
              written++
              done()
            } catch (error) {
              done(error as Error)
            }
          },
        })
        rows.on('error', () => {})
        world.request('a row', () => {
          accepted++
          rows.write('row')
        })
      },
      stop() {
        rows.end()
      },
    })
    return { modules: [database, log] }
  },
}
