// A loop over node:timers/promises has no signal, and is never awaited.

import { setInterval as ticks } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /leaves a timer|again and again after the end/,
  options: () => {
    const beats = defineModule({
      name: 'beats',
      start() {
        const beat = async () => {
          for await (const _ of ticks(5_000)) {
          }
        }
        void beat()
      },
    })
    return { modules: [beats] }
  },
}
