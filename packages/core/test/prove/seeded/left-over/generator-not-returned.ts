// The first page is enough, so the loop takes one item of a generator by hand, and its cursor stays open.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no cursor is left. is broken/,
  options: (world) => {
    let cursors = 0
    world.invariant('no cursor is left', () => !world.ended || cursors === 0)
    async function* pages() {
      cursors++
      try {
        for (let page = 1; ; page++) {
          await world.step(`read page ${page}`)
          yield page
        }
      } finally {
        cursors--
      }
    }
    const search = defineModule({
      name: 'search',
      start({ track }) {
        world.request('GET /search', async () => {
          using _work = track('request', 'GET /search')
          await pages().next()
        })
      },
    })
    return { modules: [search] }
  },
}
