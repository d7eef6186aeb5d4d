// The transport closes its connections in the drain, before the answers are written.

import { defineModule, type Transport } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .a call. failed: connection closed/,
  options: (world) => {
    let isOpen = false
    const transport: Transport = {
      name: 'calls',
      async listen() {
        isOpen = true
      },
      async drain() {
        isOpen = false
      },
      close() {},
    }
    const calls = defineModule({
      name: 'calls',
      transports: () => [transport],
      start({ track }) {
        world.request('a call', async () => {
          if (!isOpen) return
          using _work = track('request', 'a call')
          await world.step('compute the answer')
          if (!isOpen) throw new Error('connection closed')
        })
      },
    })
    return { modules: [calls] }
  },
}
