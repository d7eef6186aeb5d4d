// A scope is opened for each message and closed only when the message succeeds.

import { request } from '@myfy/di'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every connection is returned. is broken/,
  options: (world) => {
    let taken = 0
    world.invariant('every connection is returned', () => !world.ended || taken === 0)
    const Connection = request(
      () => {
        taken++
        return {}
      },
      {
        name: 'Connection',
        dispose: () => void taken--,
      },
    )
    const consumer = defineModule({
      name: 'consumer',
      configure: (container) => void container.register(Connection),
      start({ app, track }) {
        world.request('a message', async () => {
          using _work = track('message', 'one')
          const scope = app.container.createScope('request')
          scope.get(Connection)
          await world.step('handle the message')
          await scope.dispose()
        })
      },
    })
    return { modules: [consumer] }
  },
}
