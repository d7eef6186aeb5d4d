// Each stop takes a time that looks short. Together they take longer than the budget.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /stop of \w+ does not end in its time|the stop takes/,
  options: () => {
    const modules = ['mail', 'search', 'billing', 'reports', 'feed'].map((name) =>
      defineModule({
        name,
        async start() {},
        async stop() {
          await sleep(2_500)
        },
      }),
    )
    return { modules }
  },
}
