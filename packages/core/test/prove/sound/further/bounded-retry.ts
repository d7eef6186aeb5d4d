// A statement with a key is repeated twice, with pauses that obey the signal.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  const rows = new Set<string>()
  world.invariant('one row for each key', () => rows.size <= 1)
  const shop = defineModule({
    name: 'shop',
    start({ spawn }) {
      const insert = async (key: string) => {
        rows.add(key)
        await world.step('wait for the acknowledgement')
      }
      spawn('import', async (signal) => {
        for (let pause = 100; pause < 400 && !signal.aborted; pause *= 2) {
          try {
            return await insert('one')
          } catch {
            await sleep(pause, undefined, { signal }).catch(() => {})
          }
        }
      })
    },
  })
  return { modules: [shop] }
}
