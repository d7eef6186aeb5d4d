// By levels, each module requires what it uses.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  class Store {
    read() {
      return 1
    }
  }
  const store = defineModule({
    name: 'store',
    configure: (container) => void container.register(Store),
    start: () => world.step('open the store'),
    stop: () => world.step('close the store'),
  })
  const user = (name: string) =>
    defineModule({
      name,
      requires: ['store'],
      inject: { store: Store },
      async start(_, { store }) {
        await null
        store.read()
      },
      async stop(_, { store }) {
        await null
        store.read()
      },
    })
  return { modules: [store, user('feed'), user('search')], startup: { concurrency: 'levels' } }
}
