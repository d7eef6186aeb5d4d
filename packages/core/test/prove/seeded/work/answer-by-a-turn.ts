// A request waits for the next turn of a periodic task. No turn begins in a drain.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /was accepted and never answered|the drain cuts/,
  options: (world) => {
    const waiting: Array<() => void> = []
    const batch = defineModule({
      name: 'batch',
      start({ every, track }) {
        every(1_000, 'answer', () => {
          for (const answer of waiting.splice(0)) answer()
        })
        world.request('a query', async () => {
          using _work = track('request', 'GET /query')
          await new Promise<void>((resolve) => waiting.push(resolve))
        })
      },
    })
    return { modules: [batch] }
  },
}
