// Requests are tracked, and the pool is closed after them.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'
import { Pool } from '../stand-ins.ts'

export const sound: Sound = (world) => {
  const pool = new Pool()
  const database = defineModule({
    name: 'database',
    async start({ defer }) {
      await pool.connect()
      defer(() => pool.end())
    },
  })
  const web = defineModule({
    name: 'web',
    requires: ['database'],
    start({ track }) {
      world.request('an order', async () => {
        const work = track('request', 'POST /orders')
        try {
          await sleep(500)
          await pool.query()
        } finally {
          work.done()
        }
      })
    },
  })
  return { modules: [database, web] }
}
