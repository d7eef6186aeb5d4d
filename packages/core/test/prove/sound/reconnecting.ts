// A start retries its connection until its signal aborts.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let connected = false
  const broker = defineModule({
    name: 'broker',
    async start({ signal, defer }) {
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted()
        try {
          await world.step('connect', signal)
          break
        } catch (error) {
          if (attempt === 3) throw error
          await sleep(attempt * 100, undefined, { signal })
        }
      }
      connected = true
      defer(() => {
        connected = false
      })
    },
  })
  world.invariant('the broker is disconnected at the end', () => !world.ended || !connected)
  return { modules: [broker] }
}
