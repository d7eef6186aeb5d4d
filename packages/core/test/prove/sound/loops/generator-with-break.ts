// A loop that ends early returns its generator, which closes its cursor.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
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
        for await (const page of pages()) if (page === 2) break
      })
    },
  })
  return { modules: [search] }
}
