// The application: its modules in start order, and the hooks that run around them.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { Application, type ApplicationOptions } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { TasksModule } from '@myfy/tasks'
import { serveFiles, WebModule } from '@myfy/web'
import { CacheModule } from './cache.ts'
import { EventsModule } from './events.ts'
import { dailyReport, welcomeMail } from './mails.ts'
import { MetricsModule } from './metrics.ts'
import { AppSettings } from './settings.ts'
import { userRoutes } from './users.ts'

// 30 s in total. Every file in deploy/ grants 35 s, so the platform never kills a stop that is in progress.
const shutdown = { drain: 20_000, stop: 8_000, flush: 2_000 }

// The page: plain files, and a library that the browser loads as it is.
const files = (directory: string) => fileURLToPath(new URL(`../${directory}`, import.meta.url))
const page = [serveFiles('/', files('public')), serveFiles('/lib/lit', files('node_modules/lit-html'))]
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Creates an application. Each test creates one, with its own host and logger, and runs its tasks by itself. */
export function createApp({
  worker = true,
  ...options
}: Pick<ApplicationOptions, 'host' | 'logger'> & { readonly worker?: boolean } = {}) {
  const app = new Application({ settings: AppSettings, lifespan: watchEventLoop, shutdown, ...options })
  const metrics = new MetricsModule()
  return app
    .onStartup(({ logger }) => logger.info({ pid: process.pid }, `Node ${process.version}`))
    .onShutdown(({ logger }) => logger.info({}, `stopped after ${Math.round(process.uptime())} s`))
    .addModule(
      new DataModule({
        migrations: files('migrations'),
        statementTimeout: 5_000,
        // Getters: the module reads them after the settings are validated.
        get url() {
          return app.settings.databaseUrl
        },
        get directory() {
          return app.settings.dataDir
        },
        get wait() {
          return app.settings.databaseWait
        },
        get pool() {
          return app.settings.databasePool
        },
      }),
    )
    .addModule(new TasksModule({ tasks: [welcomeMail, dailyReport], worker }))
    .addModule(new CacheModule())
    .addModule(metrics)
    .addModule(new EventsModule())
    .addModule(
      new WebModule({
        routes: [...page, userRoutes], // the modules metrics and events add their routes
        middleware: [metrics.measure],
        securityHeaders: { 'content-security-policy': policy },
        get port() {
          return app.settings.port
        },
      }),
    )
}

/** A lifespan: its code before `yield` runs before the modules start, the rest when they have stopped. */
async function* watchEventLoop({ logger }: Application) {
  const delay = monitorEventLoopDelay()
  delay.enable()
  yield
  delay.disable()
  logger.info({}, `event loop delay: 99th percentile ${Math.round(delay.percentile(99) / 1e6)} ms`)
}

export const app = createApp()
