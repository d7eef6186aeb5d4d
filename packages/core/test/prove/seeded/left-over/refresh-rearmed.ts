// The stop clears the timer. A refresh that runs at that time sets it again.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /tokens sets a timer again and again after the end/,
  options: (world) => {
    let timer: NodeJS.Timeout | undefined
    const refresh = async () => {
      await world.step('get a token').catch(() => {})
      timer = setTimeout(refresh, 60_000)
    }
    const tokens = defineModule({
      name: 'tokens',
      start() {
        timer = setTimeout(refresh, 60_000)
      },
      stop() {
        clearTimeout(timer)
      },
    })
    return { modules: [tokens] }
  },
}
