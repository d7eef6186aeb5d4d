// Timers and listeners are released where they are acquired.

import { EventEmitter } from 'node:events'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const events = new EventEmitter()
  const metrics = defineModule({
    name: 'metrics',
    start({ defer, signal }) {
      const timer = setInterval(() => events.emit('tick'), 1_000)
      defer(() => clearInterval(timer))
      const listener = () => {}
      process.on('SIGUSR2', listener)
      defer(() => process.off('SIGUSR2', listener))
      signal.addEventListener('abort', listener)
    },
  })
  const client = defineModule({
    name: 'client',
    async start({ signal }) {
      // A limit that nothing clears, as fetch has it.
      const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)])
      await world.step('fetch the catalog', limit)
    },
  })
  return { modules: [metrics, client] }
}
