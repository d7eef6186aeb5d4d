// The client connects with the first request. A stop that comes meanwhile sees no client to close.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no client is left. is broken/,
  options: (world) => {
    let open = 0
    world.invariant('no client is left', () => !world.ended || open === 0)
    let client: { quit(): void } | undefined
    const connect = async () => {
      await world.step('connect')
      open++
      return { quit: () => void open-- }
    }
    const search = defineModule({
      name: 'search',
      start() {
        world.request('a warm-up', async () => {
          client ??= await connect()
        })
      },
      async stop() {
        client?.quit()
      },
    })
    return { modules: [search] }
  },
}
