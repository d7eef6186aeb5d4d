// Two periodic tasks read a number, wait, and write it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no count is lost. is broken/,
  options: (world) => {
    let [count, turns] = [0, 0]
    world.invariant('no count is lost', () => !world.ended || count === turns)
    const counter = (name: string) =>
      defineModule({
        name,
        start({ every }) {
          every(100, 'count', async () => {
            const before = count
            await sleep(10)
            count = before + 1
            turns++
          })
        },
      })
    return { modules: [counter('one'), counter('two')] }
  },
}
