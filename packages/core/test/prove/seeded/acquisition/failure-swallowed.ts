// The start logs that it cannot connect, and the application serves without a database.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .a query. failed: Cannot read properties of undefined/,
  options: (world) => {
    let database: { query(): Promise<void> } | undefined
    const data = defineModule({
      name: 'data',
      async start({ logger }) {
        try {
          await world.step('connect')
          database = { query: async () => {} }
        } catch (error) {
          logger.error({ err: error }, 'cannot connect')
        }
      },
    })
    world.request('a query', () => database!.query())
    return { modules: [data] }
  },
}
