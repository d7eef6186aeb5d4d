// A loader collects the keys of one turn, and tells every caller when the query fails.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let batch: Array<{ resolve(): void; reject(error: unknown): void }> = []
  const dispatch = async () => {
    const waiting = batch
    batch = []
    try {
      await world.step('select users')
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      for (const { reject } of waiting) reject(error)
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
        await Promise.all([load(), load()])
      })
    },
  })
  return { modules: [users] }
}
