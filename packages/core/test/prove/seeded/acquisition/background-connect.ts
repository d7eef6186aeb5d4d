// The start begins to connect and returns. The stop closes a connection that may not be there yet.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the connection is closed at the end. is broken/,
  options: (world) => {
    let connection: { isOpen: boolean } | undefined
    world.invariant('the connection is closed at the end', () => !world.ended || connection?.isOpen !== true)
    const feed = defineModule({
      name: 'feed',
      start({ logger }) {
        void world
          .step('connect')
          .then(() => {
            connection = { isOpen: true }
          })
          .catch((error) => logger.warn({ err: error }, 'cannot connect'))
      },
      stop() {
        if (connection) connection.isOpen = false
      },
    })
    return { modules: [feed] }
  },
}
