// A long poll waits for an event, and not for the end.

import { EventEmitter, once } from 'node:events'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the drain cuts|was accepted and never answered/,
  options: (world) => {
    const changes = new EventEmitter()
    const polls = defineModule({
      name: 'polls',
      start({ track }) {
        world.request('GET /changes', async () => {
          using _work = track('request', 'GET /changes')
          await once(changes, 'change')
        })
      },
    })
    return { modules: [polls] }
  },
}
