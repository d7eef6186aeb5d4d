// A start that was abandoned starts an interval when it continues.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /poller leaves a timer: setInterval/,
  options: () => {
    let timer: NodeJS.Timeout | undefined
    const poller = defineModule({
      name: 'poller',
      async start() {
        await sleep(100)
        timer = setInterval(() => {}, 1_000)
      },
      stop() {
        clearInterval(timer)
      },
    })
    return { modules: [poller] }
  },
}
