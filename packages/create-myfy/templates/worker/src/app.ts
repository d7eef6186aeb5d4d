// The application: its settings and its modules.

import { Application } from '@myfy/core'
import { QueueModule } from './queue-module.ts'
import { AppSettings } from './settings.ts'
import { WorkerModule } from './worker-module.ts'

/** Creates the application. */
export function createApp() {
  return new Application({
    settings: AppSettings,
    // Time for running jobs to end after SIGTERM. Set MYFY_GRACE_PERIOD to what your platform grants.
    shutdown: { drain: 20_000 },
  })
    .addModule(new QueueModule())
    .addModule(new WorkerModule())
}

export const app = createApp()
