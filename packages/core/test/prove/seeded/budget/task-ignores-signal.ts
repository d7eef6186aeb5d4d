// A background task loops and does not look at its signal.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /task poll of poller does not end in its time/,
  options: () => {
    const poller = defineModule({
      name: 'poller',
      start({ spawn }) {
        spawn('poll', async () => {
          while (true) await sleep(1_000)
        })
      },
    })
    return { modules: [poller] }
  },
}
