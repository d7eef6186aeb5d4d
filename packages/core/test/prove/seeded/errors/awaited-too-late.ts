// Two queries begin at once and are awaited one after the other. If the second one fails first, its rejection is unhandled.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /unhandled/,
  options: (world) => {
    const report = defineModule({
      name: 'report',
      start({ track }) {
        world.request('GET /report', async () => {
          using _work = track('request', 'GET /report')
          try {
            const users = world.step('count the users')
            const orders = world.step('count the orders')
            await users
            await orders
          } catch {
            // Answered with 503.
          }
        })
      },
    })
    return { modules: [report] }
  },
}
