// A watcher of a folder is never closed.

import { type FSWatcher, watch } from 'node:fs'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

const watchers: FSWatcher[] = []

export const seeded: Seeded = {
  finds: /the application leaves an open FSEvent/,
  clean: () => {
    for (const watcher of watchers.splice(0)) watcher.close()
  },
  options: (world) => {
    const templates = defineModule({
      name: 'templates',
      async start() {
        watchers.push(watch(import.meta.dirname))
        await world.step('read the templates')
      },
    })
    return { modules: [templates] }
  },
}
