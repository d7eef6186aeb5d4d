// Of a chain of three modules, one link is missing.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of (auth|gateway) fails: no keys/,
  options: (world) => {
    const keys: string[] = []
    const loader = defineModule({
      name: 'keys',
      async start() {
        await world.step('load keys')
        keys.push('key')
      },
    })
    const auth = defineModule({
      name: 'auth',
      async start() {
        await world.step('connect to the identity provider')
        if (keys.length === 0) throw new Error('no keys')
      },
    })
    const gateway = defineModule({ name: 'gateway', requires: ['auth'], async start() {} })
    return { modules: [loader, auth, gateway], startup: { concurrency: 'levels' } }
  },
}
