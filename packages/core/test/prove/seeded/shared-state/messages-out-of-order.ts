// Each message is handled at once, so that a slow one is overtaken by the next.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .messages are handled in order. is broken/,
  options: (world) => {
    const handled: number[] = []
    world.invariant('messages are handled in order', () =>
      handled.every((n, i) => i === 0 || handled[i - 1]! < n),
    )
    const consumer = defineModule({
      name: 'consumer',
      start({ spawn }) {
        spawn('consume', async () => {
          const running = [1, 2].map(async (n) => {
            await world.step(`store message ${n}`)
            handled.push(n)
          })
          await Promise.allSettled(running)
        })
      },
    })
    return { modules: [consumer] }
  },
}
