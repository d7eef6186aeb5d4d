// A loop over node:timers/promises ends with its signal.

import { setInterval as ticks } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let isOpen = false
  world.invariant('no beat after the end', () => !world.ended || !isOpen)
  const beats = defineModule({
    name: 'beats',
    start({ spawn }) {
      spawn('beat', async (signal) => {
        isOpen = true
        try {
          for await (const _ of ticks(5_000, undefined, { signal })) {
            await world.step('send a beat', signal).catch(() => {})
          }
        } catch (error) {
          if (!signal.aborted) throw error
        } finally {
          isOpen = false
        }
      })
    },
  })
  return { modules: [beats] }
}
