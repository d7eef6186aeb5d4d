// The health endpoints as routes of the application.

import type { App } from '@myfy/core'
import { defineRoutes } from '../routing/define-routes.ts'
import type { Routes } from '../routing/route-spec.ts'
import { type HealthOptions, healthReport } from './health-report.ts'

/** Returns the three routes. They bypass the module's middleware, because a load balancer sends no credentials. */
export function healthRoutes(app: App, { path = '/health', details = false }: HealthOptions): Routes {
  const respond = async (check: string) => {
    const { ok, body } = (await healthReport(app, check, details))!
    return Response.json(body, { status: ok ? 200 : 503, headers: { 'cache-control': 'no-store' } })
  }
  const { prefix, routes } = defineRoutes(path, { hidden: true, timeout: 0 }, (route) => {
    route.get('/', () => respond(''))
    route.get('/live', () => respond('/live'))
    route.get('/ready', () => respond('/ready'))
  })
  return { prefix, routes: routes.map((route) => ({ ...route, bypassMiddleware: true, unobserved: true })) }
}
