// The application: its modules in start order, and what runs around them.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { Application, type ApplicationOptions } from '@myfy/core'
import { serveFiles, WebModule } from '@myfy/web'
import { CacheModule } from './cache.ts'
import { DataModule } from './data.ts'
import { events } from './events.ts'
import { MetricsModule } from './metrics.ts'
import { databaseProblems } from './problems.ts'
import { userRoutes } from './routes.ts'
import { AppSettings } from './settings.ts'

// 30 s together: every file in deploy/ grants 35 s, so that nothing is killed half-way.
const shutdown = { drain: 20_000, stop: 8_000, flush: 2_000 }

// The page: files that a browser understands as they are, and two libraries for it.
const files = (directory: string) => fileURLToPath(new URL(`../${directory}`, import.meta.url))
const page = [
  serveFiles('/', files('public')),
  serveFiles('/lib/lit', files('node_modules/lit-html')),
  serveFiles('/lib/pico', files('node_modules/@picocss/pico/css')),
]
const policy =
  "default-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** A new application; tests make their own, with a host or a logger of theirs. */
export function createApp(options: Pick<ApplicationOptions, 'host' | 'logger'> = {}) {
  const app = new Application({ settings: AppSettings, lifespan: watchEventLoop, shutdown, ...options })
  const metrics = new MetricsModule()
  return app
    .onStartup(({ logger }) => logger.info({ pid: process.pid }, `Node ${process.version}`))
    .onShutdown(({ logger }) => logger.info({}, `good-bye after ${Math.round(process.uptime())} s`))
    .addModule(new DataModule())
    .addModule(new CacheModule())
    .addModule(metrics)
    .addModule(
      new WebModule({
        routes: [...page, userRoutes, events, metrics.routes],
        middleware: [metrics.measure],
        exceptionHandlers: [databaseProblems],
        securityHeaders: { 'content-security-policy': policy },
        // Read when the transport is made: the settings are known by then.
        get port() {
          return app.settings.port
        },
      }),
    )
}

/** A lifespan: before the `yield` everything is set up, after it cleaned up. */
async function* watchEventLoop({ logger }: Application) {
  const delay = monitorEventLoopDelay()
  delay.enable()
  yield
  delay.disable()
  const p99 = Math.round(delay.percentile(99) / 1e6)
  logger.info({ p99 }, `the event loop was at most ${p99} ms late, 99 % of the time`)
}

export const app = createApp()
