// An emitter calls an asynchronous listener and does not see its promise: one failed insert ends the process.

import { EventEmitter } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /unhandled/,
  options: (world) => {
    const bus = new EventEmitter()
    const audit = defineModule({
      name: 'audit',
      start({ defer, track }) {
        const onOrder = async (id: string) => {
          using _work = track('audit', id)
          await world.step(`insert ${id} into the audit log`)
        }
        bus.on('order', onOrder)
        defer(() => bus.off('order', onOrder))
      },
    })
    const orders = defineModule({
      name: 'orders',
      requires: ['audit'],
      start() {
        world.request('an order', () => void bus.emit('order', 'order 1'))
      },
    })
    return { modules: [audit, orders] }
  },
}
