// A relay sends each row at least once; the receiver drops what it has received already.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const rows = new Map([['a', false]])
  const received = new Set<string>()
  let effects = 0
  const relay = defineModule({
    name: 'relay',
    start({ every }) {
      every(1_000, 'relay', async (signal) => {
        for (const [id, isMarked] of rows) {
          if (isMarked) continue
          if (!received.has(id)) effects++
          received.add(id)
          await world.step(`mark ${id}`, signal)
          rows.set(id, true)
        }
      })
    },
  })
  world.request('an order', () => void rows.set('b', false))
  world.invariant('each row has one effect', () => effects <= rows.size)
  world.invariant('what is marked was received', () =>
    [...rows].every(([id, isMarked]) => !isMarked || received.has(id)),
  )
  return { modules: [relay] }
}
