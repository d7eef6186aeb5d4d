// The orders publish the rest in their stop, when the publisher is still open: it is required.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let isOpen = false
  const publisher = defineModule({
    name: 'publisher',
    async start({ signal }) {
      await world.step('connect to the broker', signal)
      isOpen = true
    },
    async stop() {
      await world.step('send what is buffered')
      isOpen = false
    },
  })
  const orders = defineModule({
    name: 'orders',
    requires: ['publisher'],
    start() {},
    async stop() {
      await world.step('close the open orders')
      if (!isOpen) throw new Error('the publisher is closed')
    },
  })
  return { modules: [publisher, orders], startup: { concurrency: 'levels' } }
}
