// Two modules wait for each other by events that no `requires` shows.

import { EventEmitter, once } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of (left|right) does not end in its time|waits for something/,
  options: () => {
    const [left, right] = [new EventEmitter(), new EventEmitter()]
    return {
      modules: [
        defineModule({
          name: 'left',
          async start() {
            await once(right, 'ready')
            left.emit('ready')
          },
        }),
        defineModule({
          name: 'right',
          async start() {
            await once(left, 'ready')
            right.emit('ready')
          },
        }),
      ],
      startup: { concurrency: 'levels' },
    }
  },
}
