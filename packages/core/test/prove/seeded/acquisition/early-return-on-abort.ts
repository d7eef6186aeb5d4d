// The start returns early when its signal aborts, and the stop needs what it did not make.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /stop of broker fails: Cannot read properties of undefined/,
  options: () => {
    let channel: { close(): void } | undefined
    const broker = defineModule({
      name: 'broker',
      async start({ signal }) {
        await null
        if (signal.aborted) return
        channel = { close() {} }
      },
      stop: () => channel!.close(),
    })
    return { modules: [broker] }
  },
}
