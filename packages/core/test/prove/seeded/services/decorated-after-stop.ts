// A module decorates the repository of another one with a log, and stops before it.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the log is closed|after audit has stopped|while audit stops/,
  options: (world) => {
    class Users {
      async save() {
        await world.step('save')
      }
    }
    class Log {
      isOpen = false
      write() {
        if (!this.isOpen) throw new Error('the log is closed')
      }
    }
    const users = defineModule({
      name: 'users',
      configure: (container) => void container.register(Users),
      async start() {},
      stop: ({ app }) => app.container.get(Users).save(),
    })
    const audit = defineModule({
      name: 'audit',
      configure: (container) => void container.register(Log),
      extend(container) {
        container.decorate(Users, {
          inject: { log: Log },
          factory: (own: Users, { log }: { log: Log }) => ({
            async save() {
              log.write()
              await own.save()
            },
          }),
        })
      },
      async start({ app }) {
        app.container.get(Log).isOpen = true
      },
      async stop({ app }) {
        app.container.get(Log).isOpen = false
      },
    })
    return { modules: [users, audit] }
  },
}
