// Work is accepted and not tracked: the stop does not wait for it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .an order. was accepted and never answered|leaves a timer/,
  options: (world) => {
    const orders = defineModule({ name: 'orders', async start() {} })
    world.request('an order', async () => {
      await sleep(200)
    })
    return { modules: [orders] }
  },
}
