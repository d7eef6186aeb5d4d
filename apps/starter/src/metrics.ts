// MetricsModule: the metrics that Prometheus scrapes at /metrics.

import { BaseModule, type StartContext } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { defineRoutes, type Middleware } from '@myfy/web'
import { AggregatorRegistry, Gauge, Histogram, Registry } from 'prom-client'
import { Database } from './database.ts'

export class MetricsModule extends BaseModule {
  override name = 'metrics'
  override requires = [DataModule]
  // A registry for each instance: two applications in one process do not share metrics.
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: this.#registers,
  })

  /** Measures every request. The label `route` is the pattern, so there is one series for each route. */
  readonly measure: Middleware = async (context, next) => {
    const stop = this.#requests.startTimer({ method: context.method })
    const response = await next()
    stop({ route: context.route ?? 'none', status: response.status })
    return response
  }

  readonly routes = [
    defineRoutes('/metrics', { hidden: true }, (route) => {
      route.get('/', async () => {
        const registry = AggregatorRegistry.aggregate([...(await this.#ofAllWorkers())])
        return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
      })
    }),
  ]

  /** Under `myfy start --workers`, a scrape reaches one worker: it answers for all of them, with a label for each. */
  #ofAllWorkers!: () => Promise<readonly object[]>

  override start({ app, every }: StartContext): void {
    const { slot } = app.workers
    if (slot !== undefined) this.#registry.setDefaultLabels({ worker: slot })
    this.#ofAllWorkers = app.workers.collector('metrics', () => this.#registry.getMetricsAsJSON())
    const collect = () => inFlight.set(app.inFlight.size)
    const help = 'Requests, streams and tasks in flight'
    const inFlight: Gauge = new Gauge({ name: 'app_in_flight', help, registers: this.#registers, collect })
    const users = new Gauge({ name: 'app_users', help: 'Number of users', registers: this.#registers })
    const database = this.container.get(Database)
    every(15_000, 'count users', async () => {
      const { rows } = await database.execute<{ count: number }>('select count(*)::int as count from users')
      users.set(rows[0]!.count)
    })
  }
}
