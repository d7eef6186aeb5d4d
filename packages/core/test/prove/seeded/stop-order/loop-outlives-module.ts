// A loop that the application does not know uses a store that has stopped.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /refresher calls Store.read\(\) (after store has stopped|while store stops)/,
  options: () => {
    class Store {
      read() {}
    }
    const store = defineModule({
      name: 'store',
      configure: (container) => void container.register(Store),
      async start() {
        await null
      },
      async stop() {
        await null
      },
    })
    let timer: NodeJS.Timeout | undefined
    const refresher = defineModule({
      name: 'refresher',
      requires: ['store'],
      start({ app }) {
        timer = setInterval(() => app.container.get(Store).read(), 100)
      },
    })
    return { modules: [store, refresher], onShutdown: [() => clearInterval(timer)] }
  },
}
