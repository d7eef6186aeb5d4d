// Each request holds a connection and waits for a second one. Two requests wait for each other.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /was accepted and never (answered|finished)/,
  options: (world) => {
    let free = 2
    const waiting: Array<() => void> = []
    const acquire = async () => {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      else free--
    }
    const release = () => {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
    const orders = defineModule({
      name: 'orders',
      start({ track }) {
        for (const name of ['one', 'two']) {
          world.request(name, async () => {
            using _work = track('request', name)
            await acquire()
            try {
              await world.step(`read ${name}`)
              await acquire()
              try {
                await world.step(`log ${name}`)
              } finally {
                release()
              }
            } finally {
              release()
            }
          })
        }
      },
    })
    return { modules: [orders] }
  },
}
