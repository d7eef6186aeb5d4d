// Requests wait for a connection of a pool, which closes without telling them.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .a query. was accepted and never answered|leaves a timer/,
  options: (world) => {
    const waiting: Array<() => void> = []
    const database = defineModule({
      name: 'database',
      async start() {
        await world.step('connect')
      },
      async stop() {
        await world.step('disconnect')
        waiting.length = 0
      },
    })
    world.request('a query', async () => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        setTimeout(() => waiting.shift()?.(), 500)
      })
    })
    return { modules: [database] }
  },
}
