// A transport accepts messages until the drain, and finishes the accepted ones.

import { defineModule, type Transport } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const messages: Array<() => Promise<void>> = []
  let isListening = false
  const transport: Transport = {
    name: 'messages',
    async listen() {
      await null
      isListening = true
    },
    async drain() {
      isListening = false
      while (messages.length > 0) await messages.shift()!()
    },
    close() {
      isListening = false
    },
  }
  const consumer = defineModule({ name: 'consumer', transports: () => [transport] })
  world.request('a message', () => {
    if (isListening) messages.push(async () => {})
  })
  world.invariant('every message is handled', () => !world.ended || messages.length === 0)
  return { modules: [consumer] }
}
