// A module sets the exit code of the process, and a clean stop looks like a failure.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the process ends with 1: process.exitCode was set/,
  options: () => {
    const legacy = defineModule({
      name: 'legacy',
      async stop() {
        process.exitCode = 1
      },
    })
    return { modules: [legacy] }
  },
}
