// The stop waits until a stream has written what it holds.

import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const sound: Sound = (world) => {
  const pool = new Pool()
  let [accepted, written, refused] = [0, 0, 0]
  world.invariant('every row is written', () => !world.ended || accepted === written + refused)
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
          } catch {
            refused++
          }
          done()
        },
      })
      world.request('a row', () => {
        accepted++
        rows.write('row')
      })
    },
    async stop() {
      rows.end()
      await finished(rows)
    },
  })
  return { modules: [database, log] }
}
