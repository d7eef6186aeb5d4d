// The consumer removes its handler before it unsubscribes. A message in between is acknowledged by the client, but never handled.

import { EventEmitter } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every message is handled. is broken/,
  options: (world) => {
    const client = new EventEmitter()
    let [acknowledged, handled, isSubscribed] = [0, 0, false]
    world.invariant('every message is handled', () => !world.ended || acknowledged === handled)
    const consumer = defineModule({
      name: 'consumer',
      async start() {
        client.on('message', () => handled++)
        await world.step('subscribe')
        isSubscribed = true
        world.request('a message', async () => {
          await world.step('the broker delivers')
          if (!isSubscribed) return
          acknowledged++
          client.emit('message')
        })
      },
      async drain() {
        client.removeAllListeners()
        await world.step('unsubscribe')
        isSubscribed = false
      },
    })
    return { modules: [consumer] }
  },
}
