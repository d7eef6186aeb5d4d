// The metrics that Prometheus scrapes at /metrics.

import { defineModule } from '@myfy/core'
import { defineRoutes, type Middleware } from '@myfy/web'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Creates the module, and the middleware that measures each request. */
export function createMetrics() {
  const registry = new Registry()
  const [name, help, labelNames] = [
    'http_request_duration_seconds',
    'Requests',
    ['method', 'route', 'status'],
  ]
  const requests = new Histogram({ name, help, labelNames, registers: [registry] })
  collectDefaultMetrics({ register: registry })
  const measure: Middleware = async (context, next) => {
    const stop = requests.startTimer({ method: context.method })
    const response = await next()
    stop({ route: context.route ?? 'none', status: response.status })
    return response
  }
  const routes = defineRoutes('/metrics', { hidden: true }, (route) => {
    const headers = { 'content-type': registry.contentType }
    route.get('/', async () => new Response(await registry.metrics(), { headers }))
  })
  return { measure, module: defineModule({ name: 'metrics', routes: [routes] }) }
}
