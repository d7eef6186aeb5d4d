// A slow call counts as failed after a second and is made again, while the first one still arrives.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .the order is shipped once. is broken/,
  options: (world) => {
    let shipped = 0
    world.invariant('the order is shipped once', () => shipped <= 1)
    const ship = async () => {
      await world.step('reach the carrier')
      shipped++
    }
    const late = () => sleep(1_000).then(() => Promise.reject(new Error('the carrier does not answer')))
    const shipping = defineModule({
      name: 'shipping',
      start({ track }) {
        world.request('POST /shipments', async () => {
          using _work = track('request', 'POST /shipments')
          await Promise.race([ship(), late()]).catch(() => ship())
        })
      },
    })
    return { modules: [shipping] }
  },
}
