// A batch is sent when it is full, and by a timer. Both may send the same rows.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every row is sent once. is broken/,
  options: (world) => {
    let batch: number[] = []
    const sent: number[] = []
    world.invariant('every row is sent once', () => new Set(sent).size === sent.length)
    const flush = async () => {
      const rows = batch
      await world.step('send the batch').catch(() => {})
      sent.push(...rows)
      batch = []
    }
    const exporter = defineModule({
      name: 'exporter',
      start({ track, every }) {
        every(1_000, 'flush', flush)
        for (const n of [1, 2])
          world.request(`row ${n}`, async () => {
            using _work = track('request', `row ${n}`)
            batch.push(n)
            if (batch.length >= 2) await flush()
          })
      },
    })
    return { modules: [exporter] }
  },
}
