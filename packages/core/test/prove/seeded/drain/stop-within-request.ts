// A request stops the application and waits for the stop, which waits for the request.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the drain cuts POST \/admin\/stop/,
  options: (world) => {
    const admin = defineModule({
      name: 'admin',
      start({ app, track }) {
        world.request('POST /admin/stop', async () => {
          using _work = track('request', 'POST /admin/stop')
          await app.stop()
        })
      },
    })
    return { modules: [admin] }
  },
}
