// A batch is taken before it is sent, and put back when that fails. The stop sends the rest.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let batch: number[] = []
  const sent: number[] = []
  world.invariant('every row is sent once', () => new Set(sent).size === sent.length)
  const flush = async () => {
    const rows = batch
    batch = []
    try {
      await world.step('send the batch')
      sent.push(...rows)
    } catch {
      batch.unshift(...rows)
    }
  }
  const exporter = defineModule({
    name: 'exporter',
    start({ track, every }) {
      every(1_000, 'flush', flush)
      world.request('a row', async () => {
        using _work = track('request', 'a row')
        batch.push(1)
        await flush()
      })
    },
    stop: () => flush(),
  })
  return { modules: [exporter] }
}
