// A warm-up of many pages takes longer than a start may take.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of pages (does not end in its time|fails)/,
  options: () => {
    const pages = defineModule({
      name: 'pages',
      startTimeout: 30_000,
      async start() {
        for (let page = 0; page < 90; page++) await sleep(400)
      },
    })
    return { modules: [pages] }
  },
}
