// The drain gives up after a second, though it has more time, and the order is lost.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds:
    /the invariant .every order is stored. is broken|the request .an order. was accepted and never answered/,
  options: (world) => {
    let [accepted, stored] = [0, 0]
    world.invariant('every order is stored', () => !world.ended || accepted === stored)
    let running: Promise<void> | undefined
    let isOpen = true
    const orders = defineModule({
      name: 'orders',
      start() {},
      async drain() {
        await Promise.race([running, sleep(1_000)])
      },
      stop() {
        isOpen = false
      },
    })
    world.request('an order', () => {
      accepted++
      running = sleep(3_000).then(() => {
        if (isOpen) stored++
      })
      return running
    })
    return { modules: [orders] }
  },
}
