// The stop says goodbye to a peer, and waits a second for it at most.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const peer = defineModule({
    name: 'peer',
    async stop() {
      const cancel = new AbortController()
      const limit = sleep(1_000, undefined, { signal: cancel.signal }).catch(() => {})
      await Promise.race([world.step('say goodbye').catch(() => {}), limit])
      cancel.abort()
    },
  })
  return { modules: [peer] }
}
