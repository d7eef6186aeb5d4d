// The application: its modules in start order, and what runs around them.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Application, type ApplicationOptions } from '@myfy/core'
import { WebModule } from '@myfy/web'
import { CacheModule } from './cache.ts'
import { DataModule } from './data.ts'
import { events } from './events.ts'
import { MetricsModule } from './metrics.ts'
import { assets, page } from './page.ts'
import { databaseProblems } from './problems.ts'
import { users } from './routes.ts'
import { AppSettings } from './settings.ts'

// 30 s together: every file in deploy/ grants 35 s, so that nothing is killed half-way.
const shutdown = { drain: 20_000, stop: 8_000, flush: 2_000 }

/** A new application; tests make their own, with a host or a logger of theirs. */
export function createApp(options: Pick<ApplicationOptions, 'host' | 'logger'> = {}) {
  const app = new Application({ settings: AppSettings, lifespan: watchEventLoop, shutdown, ...options })
    .onStartup(({ logger }) =>
      logger.info(
        { node: process.version, pid: process.pid },
        `Node ${process.version}, process ${process.pid}`,
      ),
    )
    .onShutdown(({ logger }) => logger.info({}, `good-bye after ${Math.round(process.uptime())} s`))
  const metrics = new MetricsModule()
  return app
    .addModule(new DataModule())
    .addModule(new CacheModule())
    .addModule(metrics)
    .addModule(
      new WebModule({
        routes: [page, assets, users, events, metrics.routes],
        middleware: [metrics.measure],
        exceptionHandlers: [databaseProblems],
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
  logger.info(
    { p99: delay.percentile(99) / 1e6 },
    `the event loop was at most ${Math.round(delay.percentile(99) / 1e6)} ms late, 99 % of the time`,
  )
}

export const app = createApp()
