// The feed reads the cache and does not require it: by levels, either may start first.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of feed fails: the cache is empty/,
  options: () => {
    const cache = new Map<string, string>()
    const warm = defineModule({
      name: 'cache',
      async start() {
        await null
        cache.set('rates', '1.1')
      },
    })
    const feed = defineModule({
      name: 'feed',
      async start() {
        await null
        if (!cache.has('rates')) throw new Error('the cache is empty')
      },
    })
    return { modules: [warm, feed], startup: { concurrency: 'levels' } }
  },
}
