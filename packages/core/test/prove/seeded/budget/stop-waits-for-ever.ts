// The stop waits for an event that does not happen any more.

import { EventEmitter, once } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /stop of sockets does not end in its time/,
  options: () => {
    const events = new EventEmitter()
    const sockets = defineModule({
      name: 'sockets',
      async start() {
        await null
      },
      async stop() {
        await once(events, 'last client left')
      },
    })
    return { modules: [sockets] }
  },
}
