// The drain waits for the requests that are counted. A request is counted after its user was looked up.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the request .an upload. (failed: the store is closed|was accepted and never answered)/,
  options: (world) => {
    let [isOpen, inFlight] = [false, 0]
    let idle = () => {}
    const uploads = defineModule({
      name: 'uploads',
      start() {
        isOpen = true
        world.request('an upload', async () => {
          await world.step('look up the user')
          inFlight++
          await world.step('receive the file')
          if (!isOpen) throw new Error('the store is closed')
          if (--inFlight === 0) idle()
        })
      },
      async drain() {
        if (inFlight > 0)
          await new Promise<void>((resolve) => {
            idle = resolve
          })
      },
      stop() {
        isOpen = false
      },
    })
    return { modules: [uploads] }
  },
}
