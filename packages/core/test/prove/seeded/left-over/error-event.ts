// An emitter reports an error after its listeners were removed.

import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /read ECONNRESET/,
  options: () => {
    const socket = new EventEmitter()
    const feed = defineModule({
      name: 'feed',
      start() {
        socket.on('error', () => {})
        setTimeout(() => socket.emit('error', new Error('read ECONNRESET')), 1_000)
      },
      drain() {
        socket.removeAllListeners()
      },
      async stop() {
        await sleep(2_000)
      },
    })
    return { modules: [feed] }
  },
}
