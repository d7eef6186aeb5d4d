// A loop over the events of an emitter ends with its signal, and drops the events that it has received and not handled.

import { EventEmitter, on } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every order is handled. is broken/,
  options: (world) => {
    const bus = new EventEmitter()
    let [sent, handled] = [0, 0]
    world.invariant('every order is handled', () => !world.ended || sent === handled)
    const orders = defineModule({
      name: 'orders',
      start({ spawn }) {
        spawn('handle', async (signal) => {
          try {
            for await (const _ of on(bus, 'order', { signal })) {
              await world.step('store the order')
              handled++
            }
          } catch (error) {
            if (!signal.aborted) throw error
          }
        })
        for (const name of ['one', 'two']) {
          world.request(name, () => {
            sent++
            bus.emit('order', name)
          })
        }
      },
    })
    return { modules: [orders] }
  },
}
