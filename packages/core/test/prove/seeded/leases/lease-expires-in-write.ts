// A write that takes longer than the lease. The leader does not look at the time again.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .only the owner of the lease writes. is broken/,
  options: (world) => {
    let [until, isWriting] = [0, false]
    world.invariant('only the owner of the lease writes', () => !isWriting || Date.now() <= until)
    const leader = defineModule({
      name: 'leader',
      start({ spawn }) {
        spawn('lead', async (signal) => {
          while (!signal.aborted) {
            until = Date.now() + 1_000
            isWriting = true
            await world.step('write', signal).catch(() => {})
            isWriting = false
            await sleep(500, undefined, { signal }).catch(() => {})
          }
        })
      },
    })
    return { modules: [leader] }
  },
}
