// The drain waits for a queue that still receives work.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /drain of queue does not end in its time|the drain cuts/,
  options: () => {
    let jobs = 1
    const queue = defineModule({
      name: 'queue',
      start({ defer }) {
        const timer = setInterval(() => jobs++, 1_000)
        defer(() => clearInterval(timer))
      },
      async drain() {
        while (jobs > 0) await sleep(2_000)
      },
    })
    return { modules: [queue] }
  },
}
