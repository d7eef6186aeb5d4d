// The transport resolves its drain when nothing new arrives, while it still computes an answer.

import { defineModule, type Transport } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .a call. failed: socket hang up/,
  options: (world) => {
    let isListening = false
    const transport: Transport = {
      name: 'rpc',
      async listen() {
        await null
        isListening = true
      },
      async drain() {
        isListening = false
        await null
      },
      close() {
        for (const cut of open.splice(0)) cut()
      },
    }
    const open: Array<() => void> = []
    world.request('a call', () => {
      if (!isListening) return
      return new Promise<void>((resolve, reject) => {
        open.push(() => reject(new Error('socket hang up')))
        setTimeout(resolve, 50)
      })
    })
    return { modules: [defineModule({ name: 'rpc', transports: () => [transport] })] }
  },
}
