// The stop does not await the last write, and the database closes under it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end|leaves a timer/,
  options: () => {
    const pool = new Pool()
    const database = defineModule({
      name: 'database',
      start: () => pool.connect(),
      stop: () => pool.end(),
    })
    const audit = defineModule({
      name: 'audit',
      requires: ['database'],
      async start() {},
      stop() {
        sleep(10).then(() => pool.query())
      },
    })
    return { modules: [database, audit] }
  },
}
