// An interval is never cleared.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /metrics leaves a timer: setInterval 1000 ms/,
  options: () => {
    const metrics = defineModule({
      name: 'metrics',
      start: () => void setInterval(() => {}, 1_000).unref(),
    })
    return { modules: [metrics] }
  },
}
