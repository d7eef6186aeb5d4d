// Two requests see the same free seat, because the check and the booking are two statements.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the seat is booked once. is broken/,
  options: (world) => {
    const booked: string[] = []
    world.invariant('the seat is booked once', () => booked.length <= 1)
    const seats = defineModule({
      name: 'seats',
      start({ track }) {
        for (const name of ['Ada', 'Grace']) {
          world.request(`a seat for ${name}`, async () => {
            using _work = track('request', 'POST /seats')
            const isFree = booked.length === 0
            await world.step(`read the account of ${name}`)
            if (isFree) booked.push(name)
          })
        }
      },
    })
    return { modules: [seats] }
  },
}
