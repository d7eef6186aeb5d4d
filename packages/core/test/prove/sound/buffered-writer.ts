// A writer buffers rows, and writes the rest when it stops.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const buffer: string[] = []
  let [accepted, written] = [0, 0]
  const write = () => {
    written += buffer.splice(0).length
  }
  const audit = defineModule({
    name: 'audit',
    start({ every }) {
      every(1_000, 'write rows', write)
    },
    stop: write,
  })
  for (const name of ['a change', 'another change']) {
    world.request(name, () => {
      accepted++
      buffer.push(name)
    })
  }
  world.invariant('every row is written', () => !world.ended || accepted === written)
  return { modules: [audit] }
}
