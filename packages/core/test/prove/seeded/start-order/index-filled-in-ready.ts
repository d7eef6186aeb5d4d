// The index is filled in `ready`, and used in a `start`.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of search fails: the index is empty/,
  options: (world) => {
    const index: string[] = []
    const indexer = defineModule({
      name: 'indexer',
      async start() {},
      async ready() {
        await world.step('fill the index')
        index.push('word')
      },
    })
    const search = defineModule({
      name: 'search',
      requires: ['indexer'],
      start() {
        if (index.length === 0) throw new Error('the index is empty')
      },
    })
    return { modules: [indexer, search] }
  },
}
