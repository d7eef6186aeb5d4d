// The health of an application as a response body.

import type { App } from '@myfy/core'
import type { OptionNames } from '@myfy/core/runtime'

/** Options of the health endpoints. */
export interface HealthOptions {
  /** Prefix of the three paths. Default: `/health`. */
  readonly path?: string
  /** An additional port that answers health requests until the application has stopped. Default: none. */
  readonly port?: number
  /** The address of the additional port. Default: all addresses of the machine. */
  readonly host?: string
  /** Includes the error message of an unhealthy module. Default: true on the additional port, else false. */
  readonly details?: boolean
}

export const healthNames: OptionNames<HealthOptions> = {
  path: true,
  port: true,
  host: true,
  details: 'boolean',
}

/** The result of a health check. */
export interface HealthReport {
  /** True when the check passed. */
  readonly ok: boolean
  /** The response body. */
  readonly body: object
}

/**
 * Runs the check of a path below the prefix: the empty path checks every module, `/live` the process, `/ready` the
 * readiness. Returns undefined for any other path.
 */
export async function healthReport(
  app: App,
  path: string,
  details: boolean,
): Promise<HealthReport | undefined> {
  if (path === '/live') return { ok: app.live, body: { live: app.live } }
  if (path !== '' && path !== '/ready') return undefined
  const { ready, state, health } = await app.readiness()
  if (path === '/ready') return { ok: ready, body: { ready, state } }
  const checks = Object.fromEntries(
    Object.entries(health.checks).map(([name, { message, ...check }]) => [
      name,
      details && message !== undefined ? { ...check, message } : check,
    ]),
  )
  return { ok: health.healthy, body: { healthy: health.healthy, state, checks } }
}
