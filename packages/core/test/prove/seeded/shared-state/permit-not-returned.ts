// A permit is returned only if the call succeeds. The second request waits for it forever.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .second. was accepted and never answered|the drain cuts/,
  options: (world) => {
    let permits = 1
    const waiting: Array<() => void> = []
    const limiter = defineModule({
      name: 'limiter',
      start({ track }) {
        for (const name of ['first', 'second']) {
          world.request(name, async () => {
            using _work = track('request', name)
            if (permits === 0) await new Promise<void>((resolve) => waiting.push(resolve))
            else permits--
            await world.step(`call for ${name}`)
            const next = waiting.shift()
            if (next) next()
            else permits++
          })
        }
      },
    })
    return { modules: [limiter] }
  },
}
