// The leader gives up its lease in the drain, while its last turn still runs. Another process may lead meanwhile.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .only the leader writes. is broken/,
  options: (world) => {
    let [isLeader, isWriting] = [false, false]
    world.invariant('only the leader writes', () => !isWriting || isLeader)
    const leader = defineModule({
      name: 'leader',
      async start({ every }) {
        await world.step('take the lease')
        isLeader = true
        every(1_000, 'report', async () => {
          isWriting = true
          await sleep(200)
          isWriting = false
        })
      },
      drain() {
        isLeader = false
      },
    })
    return { modules: [leader] }
  },
}
