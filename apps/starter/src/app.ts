// The application: its modules in start order, and the hooks that run around them.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { Application, type ApplicationOptions } from '@myfy/core'
import { serveFiles, WebModule } from '@myfy/web'
import { CacheModule } from './cache.ts'
import { DataModule } from './database/data-module.ts'
import { databaseErrors } from './database/database-errors.ts'
import { EventsModule } from './events.ts'
import { MetricsModule } from './metrics.ts'
import { AppSettings } from './settings.ts'
import { userRoutes } from './users/user-routes.ts'

// 30 s in total. Every file in deploy/ grants 35 s, so the platform never kills a stop that is in progress.
const shutdown = { drain: 20_000, stop: 8_000, flush: 2_000 }

// The page: plain files, and two libraries that the browser loads as they are.
const files = (directory: string) => fileURLToPath(new URL(`../${directory}`, import.meta.url))
const page = [
  serveFiles('/', files('public')),
  serveFiles('/lib/lit', files('node_modules/lit-html')),
  serveFiles('/lib/pico', files('node_modules/@picocss/pico/css')),
]
const policy =
  "default-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Creates an application. Each test creates one, with its own host and logger. */
export function createApp(options: Pick<ApplicationOptions, 'host' | 'logger'> = {}) {
  const app = new Application({ settings: AppSettings, lifespan: watchEventLoop, shutdown, ...options })
  const metrics = new MetricsModule()
  return app
    .onStartup(({ logger }) => logger.info({ pid: process.pid }, `Node ${process.version}`))
    .onShutdown(({ logger }) => logger.info({}, `stopped after ${Math.round(process.uptime())} s`))
    .addModule(new DataModule())
    .addModule(new CacheModule())
    .addModule(metrics)
    .addModule(new EventsModule())
    .addModule(
      new WebModule({
        routes: [...page, userRoutes], // the modules metrics and events add their routes
        middleware: [metrics.measure],
        exceptionHandlers: [databaseErrors],
        securityHeaders: { 'content-security-policy': policy },
        // A getter: the transport reads it after the settings are validated.
        get port() {
          return app.settings.port
        },
      }),
    )
}

/** A lifespan: the code before `yield` runs before the modules start, the code after it when they have stopped. */
async function* watchEventLoop({ logger }: Application) {
  const delay = monitorEventLoopDelay()
  delay.enable()
  yield
  delay.disable()
  const p99 = Math.round(delay.percentile(99) / 1e6)
  logger.info({ p99 }, `event loop delay: 99th percentile ${p99} ms`)
}

export const app = createApp()
