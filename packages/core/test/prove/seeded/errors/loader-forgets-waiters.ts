// A loader collects the keys of one turn and asks once. When the query fails, only the first caller receives the error.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /was accepted and never finished|the drain cuts/,
  options: (world) => {
    let batch: Array<{ resolve(): void; reject(error: unknown): void }> = []
    const dispatch = async () => {
      const waiting = batch
      batch = []
      try {
        await world.step('select users')
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        waiting[0]!.reject(error)
      }
    }
    const load = () =>
      new Promise<void>((resolve, reject) => {
        if (batch.length === 0) process.nextTick(dispatch)
        batch.push({ resolve, reject })
      })
    const users = defineModule({
      name: 'users',
      start({ track }) {
        world.request('GET /team', async () => {
          using _work = track('request', 'GET /team')
          await Promise.all([load(), load()].map((one) => one.catch(() => {})))
        })
      },
    })
    return { modules: [users] }
  },
}
