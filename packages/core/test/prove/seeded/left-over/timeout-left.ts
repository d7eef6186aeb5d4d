// A timer of an hour is never cleared.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /tokens leaves a timer: setTimeout 3600000 ms/,
  options: (world) => {
    const tokens = defineModule({
      name: 'tokens',
      async start() {
        await world.step('get a token')
        setTimeout(() => {}, 3_600_000)
      },
    })
    return { modules: [tokens] }
  },
}
