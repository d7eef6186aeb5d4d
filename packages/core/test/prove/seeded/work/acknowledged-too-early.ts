// A message is acknowledged before it is processed.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every acknowledged message is processed. is broken/,
  options: (world) => {
    let [acknowledged, processed] = [0, 0]
    world.invariant(
      'every acknowledged message is processed',
      () => !world.ended || acknowledged === processed,
    )
    const consumer = defineModule({
      name: 'consumer',
      start({ spawn }) {
        spawn('consume', async (signal) => {
          acknowledged++
          await sleep(50, undefined, { signal }).catch(() => {})
          if (!signal.aborted) processed++
        })
      },
    })
    return { modules: [consumer] }
  },
}
