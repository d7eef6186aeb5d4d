// An asynchronous generator delivers messages, and closes its cursor in `finally`.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let cursors = 0
  let handled = 0
  async function* messages(signal: AbortSignal) {
    cursors++
    try {
      for (let id = 1; id <= 3; id++) {
        await world.step(`fetch message ${id}`, signal)
        yield id
      }
    } finally {
      cursors--
    }
  }
  const consumer = defineModule({
    name: 'consumer',
    start({ spawn, track }) {
      spawn(
        'consume',
        async (signal) => {
          try {
            for await (const id of messages(signal)) {
              using _work = track('message', `message ${id}`)
              await world.step(`handle message ${id}`)
              handled++
            }
          } catch (error) {
            if (!signal.aborted) throw error
          }
        },
        { until: 'drain' },
      )
    },
  })
  world.invariant('no cursor is left', () => !world.ended || cursors === 0)
  world.invariant('no message is handled twice', () => handled <= 3)
  return { modules: [consumer] }
}
