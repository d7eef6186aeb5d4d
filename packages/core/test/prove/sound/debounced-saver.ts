// Changes are saved a moment after the last one, with one timer, and at the stop.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let [changes, saved] = [0, 0]
  let timer: NodeJS.Timeout | undefined
  const save = () => {
    clearTimeout(timer)
    timer = undefined
    saved = changes
  }
  const editor = defineModule({
    name: 'editor',
    start({ defer }) {
      defer(save)
    },
  })
  for (const name of ['a change', 'another change']) {
    world.request(name, () => {
      changes++
      timer = timer?.refresh() ?? setTimeout(save, 300)
    })
  }
  world.invariant('every change is saved', () => !world.ended || changes === saved)
  return { modules: [Object.freeze(editor)] }
}
