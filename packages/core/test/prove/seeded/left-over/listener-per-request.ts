// Each request adds a listener to the process, and only a failed one removes it.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

const onHangUp = () => {}

export const seeded: Seeded = {
  finds: /leaves a listener of process.on\('SIGHUP'\)/,
  options: (world) => {
    const reports = defineModule({
      name: 'reports',
      start({ track }) {
        world.request('GET /report', async () => {
          using _work = track('request', 'GET /report')
          process.on('SIGHUP', onHangUp)
          try {
            await world.step('write the report')
          } catch {
            process.off('SIGHUP', onHangUp)
          }
        })
      },
    })
    return { modules: [reports] }
  },
  clean: () => void process.removeAllListeners('SIGHUP'),
}
