// Slow hooks end when their signal aborts, and a task restarts after a failure.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const archive = defineModule({
    name: 'archive',
    async start({ signal }) {
      await sleep(5_000, undefined, { signal })
    },
    async stop({ signal }) {
      await sleep(60_000, undefined, { signal }).catch(() => {})
    },
  })
  const feed = defineModule({
    name: 'feed',
    start({ spawn }) {
      spawn('receive', (signal) => world.step('receive', signal), { onError: 'restart' })
    },
  })
  return { modules: [archive, feed] }
}
