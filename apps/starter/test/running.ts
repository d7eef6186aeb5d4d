// The application in this process, on a free port.

import { WebModule } from '@myfy/web'
import { appWith } from './application.ts'
import { Lines } from './lines.ts'
import type { Variables } from './servers.ts'

/** Runs an application; call its `stop` at the end of the test. */
export async function run(env: Variables) {
  const log = new Lines()
  const app = appWith({ PORT: '0', ...env }, log.logger)
  const ready = new Promise((resolve) => app.on('ready', resolve))
  const ended = app.run({ signals: false })
  await Promise.race([ready, ended])
  return { app, log, url: app.getModule(WebModule).transports()[0]!.url! }
}
