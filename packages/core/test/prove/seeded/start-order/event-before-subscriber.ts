// A module publishes an event in its start. A module that starts beside it may subscribe later.

import { EventEmitter } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every event is received. is broken/,
  options: (world) => {
    const events = new EventEmitter()
    let [sent, received] = [0, 0]
    world.invariant('every event is received', () => sent === received)
    const publisher = defineModule({
      name: 'publisher',
      async start() {
        await null
        sent++
        events.emit('opened')
      },
    })
    const subscriber = defineModule({
      name: 'subscriber',
      async start({ defer }) {
        await null
        const listener = () => received++
        events.on('opened', listener)
        defer(() => events.off('opened', listener))
      },
    })
    return { modules: [subscriber, publisher], startup: { concurrency: 'levels' } }
  },
}
