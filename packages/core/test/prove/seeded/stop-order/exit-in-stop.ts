// A module ends the process, and with it the stop of the others.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /legacy calls process.exit\(0\)/,
  options: () => {
    const database = defineModule({ name: 'database', async stop() {} })
    const legacy = defineModule({ name: 'legacy', requires: ['database'], stop: () => process.exit(0) })
    return { modules: [database, legacy] }
  },
}
