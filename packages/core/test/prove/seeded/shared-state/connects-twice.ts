// Two requests open the connection that the first one should open for both.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .at most one connection is opened. is broken/,
  options: (world) => {
    let connection: object | undefined
    let opened = 0
    world.invariant('at most one connection is opened', () => opened <= 1)
    const connect = async () => {
      await world.step('connect')
      opened++
      return {}
    }
    const search = defineModule({
      name: 'search',
      start({ track }) {
        for (const name of ['one', 'two']) {
          world.request(name, async () => {
            using _work = track('request', name)
            connection ??= await connect()
            return connection
          })
        }
      },
    })
    return { modules: [search] }
  },
}
