// A request and a periodic task read the balance, wait, and write it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the balance is right. is broken/,
  options: (world) => {
    let balance = 100
    let [deposits, fees] = [0, 0]
    world.invariant('the balance is right', () => !world.ended || balance === 100 + deposits - fees)
    const bank = defineModule({
      name: 'bank',
      start({ track, every }) {
        every(60_000, 'charge the fee', async () => {
          const before = balance
          await sleep(100)
          balance = before - 1
          fees++
        })
        world.request('a deposit', async () => {
          using _work = track('request', 'POST /deposits')
          const before = balance
          await sleep(300)
          balance = before + 10
          deposits += 10
        })
      },
    })
    return { modules: [bank] }
  },
}
