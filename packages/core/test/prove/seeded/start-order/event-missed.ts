// The listener is attached after the module that emits may have emitted.

import { EventEmitter, once } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of jobs does not end in its time|waits for something/,
  options: (world) => {
    const events = new EventEmitter()
    const leader = defineModule({
      name: 'election',
      async start() {
        await world.step('elect')
        events.emit('elected')
      },
    })
    const jobs = defineModule({
      name: 'jobs',
      async start() {
        await world.step('read the jobs')
        await once(events, 'elected')
      },
    })
    return { modules: [leader, jobs], startup: { concurrency: 'levels' } }
  },
}
