// The stop takes longer than its budget.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /stop of archive does not end in its time/,
  options: () => {
    const archive = defineModule({
      name: 'archive',
      async start() {
        await null
      },
      async stop() {
        await sleep(60_000)
      },
    })
    return { modules: [archive] }
  },
}
