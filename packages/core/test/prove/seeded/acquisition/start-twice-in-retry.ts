// The start opens a second connection when the first attempt was only slow.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .at most one connection is open. is broken/,
  options: (world) => {
    let open = 0
    world.invariant('at most one connection is open', () => open <= 1)
    const connect = async () => {
      await world.step('connect')
      open++
    }
    const database = defineModule({
      name: 'database',
      async start({ signal }) {
        await Promise.race([connect(), sleep(1_000, undefined, { signal }).then(connect)])
      },
      stop() {
        open = 0
      },
    })
    return { modules: [database] }
  },
}
