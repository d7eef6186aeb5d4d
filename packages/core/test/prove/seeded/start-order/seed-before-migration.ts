// The initial data is written beside the migration that creates the table.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /relation "users" does not exist/,
  options: () => {
    const tables = new Set<string>()
    const migrations = defineModule({
      name: 'migrations',
      async start() {
        await sleep(5)
        tables.add('users')
      },
    })
    const initial = defineModule({
      name: 'initial-data',
      async start() {
        await sleep(20)
        if (!tables.has('users')) throw new Error('relation "users" does not exist')
      },
    })
    return { modules: [migrations, initial], startup: { concurrency: 'levels' } }
  },
}
