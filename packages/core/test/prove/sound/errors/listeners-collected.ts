// Asynchronous listeners of an emitter are collected, and each one handles its own failure.

import { EventEmitter } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const sound: Sound = (world) => {
  const pool = new Pool()
  const bus = new EventEmitter()
  const database = defineModule({ name: 'database', start: () => pool.connect(), stop: () => pool.end() })
  const audit = defineModule({
    name: 'audit',
    requires: ['database'],
    start({ defer }) {
      const running = new Set<Promise<void>>()
      const onOrder = () => {
        const work = world
          .step('encode the order')
          .then(() => pool.query())
          .catch(() => {})
          .finally(() => running.delete(work))
        running.add(work)
      }
      bus.on('order', onOrder)
      defer(async () => {
        bus.off('order', onOrder)
        await Promise.all(running)
      })
    },
  })
  const orders = defineModule({
    name: 'orders',
    requires: ['audit'],
    start() {
      world.request('an order', () => void bus.emit('order'))
    },
  })
  return { modules: [database, audit, orders], startup: { concurrency: 'levels' } }
}
