// The start retries a connection and does not look at its signal.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of broker does not end in its time/,
  options: () => {
    let attempts = 0
    const broker = defineModule({
      name: 'broker',
      async start() {
        while (attempts++ < 50) await sleep(1_000)
      },
    })
    return { modules: [broker] }
  },
}
