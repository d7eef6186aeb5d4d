// A call is repeated although its first attempt has reached the other side, and only its answer was lost.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the card is charged once. is broken/,
  options: (world) => {
    let charges = 0
    world.invariant('the card is charged once', () => charges <= 1)
    const charge = async () => {
      charges++
      await world.step('wait for the answer of the bank')
    }
    const payments = defineModule({
      name: 'payments',
      start({ track }) {
        world.request('a payment', async () => {
          using _work = track('request', 'POST /payments')
          await charge().catch(charge)
        })
      },
    })
    return { modules: [payments] }
  },
}
