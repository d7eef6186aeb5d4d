// MetricsModule: what Prometheus reads at /metrics.

import { BaseModule, type StartContext } from '@myfy/core'
import { defineRoutes, type Middleware } from '@myfy/web'
import { sql } from 'kysely'
import { Gauge, Histogram, Registry } from 'prom-client'
import { DataModule } from './data.ts'
import { Database } from './database.ts'

export class MetricsModule extends BaseModule {
  override name = 'metrics'
  override requires = [DataModule]
  // Its own: two applications in one process count apart.
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: this.#registers,
  })

  /** Measures every request. The route is the pattern: one series a route, not one a user. */
  readonly measure: Middleware = async (context, next) => {
    const stop = this.#requests.startTimer({ method: context.method })
    const response = await next()
    stop({ route: context.route ?? 'none', status: response.status })
    return response
  }

  readonly routes = defineRoutes('/metrics', { hidden: true }, (route) => {
    route.get('/', async () => {
      const text = await this.#registry.metrics()
      return new Response(text, { headers: { 'content-type': this.#registry.contentType } })
    })
  })

  override start({ app, every }: StartContext): void {
    const registers = this.#registers
    const collect = () => inFlight.set(app.inFlight.size)
    const inFlight: Gauge = new Gauge({ name: 'app_in_flight', help: 'Work under way', registers, collect })
    const users = new Gauge({ name: 'app_users', help: 'Users, counted every 15 s', registers })
    const { query } = this.container.get(Database).engine
    every(15_000, 'count users', async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from users`.execute(query)
      users.set(rows[0]!.count)
    })
  }
}
