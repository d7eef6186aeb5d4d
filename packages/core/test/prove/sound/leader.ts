// A leader renews its lease, steps down when it cannot, and gives the lease back after its last turn.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let [isLeader, isWriting] = [false, false]
  world.invariant('only the leader writes', () => !isWriting || isLeader)
  world.invariant('the lease is given back', () => !world.ended || !isLeader)
  const leader = defineModule({
    name: 'leader',
    start({ spawn, defer }) {
      defer(() => {
        isLeader = false
      })
      spawn(
        'lead',
        async (signal) => {
          try {
            await world.step('take the lease', signal)
            isLeader = true
            while (!signal.aborted) {
              isWriting = true
              await sleep(200)
              isWriting = false
              await sleep(1_000, undefined, { signal })
              await world.step('renew the lease', signal)
            }
          } finally {
            isLeader = false
          }
        },
        { onError: 'restart', until: 'drain' },
      )
    },
  })
  return { modules: [leader] }
}
