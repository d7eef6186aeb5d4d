// A module calls the service of another one, which it does not require.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /reports calls Users.count\(\) before users has started/,
  options: () => {
    class Users {
      count() {
        return 3
      }
    }
    const users = defineModule({
      name: 'users',
      configure: (container) => void container.register(Users),
      async start() {
        await sleep(10)
      },
    })
    const reports = defineModule({
      name: 'reports',
      async start({ app }) {
        await sleep(30)
        app.container.get(Users).count()
      },
    })
    return { modules: [users, reports], startup: { concurrency: 'levels' } }
  },
}
