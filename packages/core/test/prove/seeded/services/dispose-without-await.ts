// The disposal of the writer begins its flush and does not wait for it: the pool below is closed first.

import { singleton } from '@myfy/di'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end/,
  options: (world) => {
    class Pool {
      isOpen = true
      async query() {
        if (!this.isOpen) throw new Error('Cannot use a pool after calling end on the pool')
      }
      async [Symbol.asyncDispose]() {
        this.isOpen = false
      }
    }
    const Writer = singleton({ pool: Pool }, ({ pool }) => ({ pool }), {
      name: 'Writer',
      dispose({ pool }) {
        void world.step('encode the rest').then(() => pool.query())
      },
    })
    const logs = defineModule({
      name: 'logs',
      configure(container) {
        container.register(Pool)
        container.register(Writer)
      },
      start({ app }) {
        app.container.get(Writer)
      },
    })
    return { modules: [logs] }
  },
}
