// A start that was abandoned adds a listener to the process when it continues.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /leaves a listener of process.on\('SIGUSR2'\)/,
  options: (world) => {
    const reload = () => {}
    world.invariant('the listener of an earlier run is gone', () => {
      if (world.events.length < 3) process.removeAllListeners('SIGUSR2')
    })
    const configuration = defineModule({
      name: 'configuration',
      async start() {
        await null
        process.on('SIGUSR2', reload)
      },
      stop: () => void process.off('SIGUSR2', reload),
    })
    return { modules: [configuration] }
  },
}
