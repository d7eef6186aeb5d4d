// The relay sends a row and marks it afterwards. A failure between the two sends it again.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the mail is sent once. is broken/,
  options: (world) => {
    let [isMarked, sent] = [false, 0]
    world.invariant('the mail is sent once', () => sent <= 1)
    const relay = defineModule({
      name: 'relay',
      start({ every }) {
        every(1_000, 'relay', async () => {
          if (isMarked) return
          sent++
          await world.step('mark the row')
          isMarked = true
        })
      },
    })
    return { modules: [relay] }
  },
}
