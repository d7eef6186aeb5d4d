// Rows are written once a second. Those that wait are lost in a stop.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every accepted row is written. is broken/,
  options: (world) => {
    const buffer: string[] = []
    let [accepted, written] = [0, 0]
    world.invariant('every accepted row is written', () => !world.ended || accepted === written)
    const audit = defineModule({
      name: 'audit',
      start({ every }) {
        every(1_000, 'write rows', () => {
          written += buffer.splice(0).length
        })
      },
    })
    world.request('a change', () => {
      accepted++
      buffer.push('row')
    })
    return { modules: [audit] }
  },
}
