// A module closes the client in its stop, and the container disposes the same client as a service.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /The client is closed/,
  options: (world) => {
    class Client {
      #isOpen = true
      async quit() {
        if (!this.#isOpen) throw new Error('The client is closed')
        this.#isOpen = false
        await world.step('QUIT')
      }
      async [Symbol.asyncDispose]() {
        await this.quit()
      }
    }
    const cache = defineModule({
      name: 'cache',
      configure: (container) => void container.register(Client),
      async start({ app }) {
        app.container.get(Client)
        await world.step('connect')
      },
      stop: ({ app }) => app.container.get(Client).quit(),
    })
    return { modules: [cache] }
  },
}
