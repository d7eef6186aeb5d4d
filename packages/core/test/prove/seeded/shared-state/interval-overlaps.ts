// An interval does not wait for its last turn: two turns import the same file.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .one import at a time. is broken/,
  options: (world) => {
    let importing = 0
    world.invariant('one import at a time', () => importing <= 1)
    const imports = defineModule({
      name: 'imports',
      start({ defer, track }) {
        const timer = setInterval(async () => {
          using _work = track('import', 'files')
          importing++
          await sleep(1_500)
          importing--
        }, 1_000)
        defer(() => clearInterval(timer))
      },
    })
    return { modules: [imports] }
  },
}
