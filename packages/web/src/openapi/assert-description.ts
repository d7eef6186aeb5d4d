// Checks of the parts of a description that routes and options name, before the application starts.

import { RouteError } from '../errors.ts'
import { assertList } from '../routing/assert-options.ts'
import type { Route } from '../routing/route-spec.ts'
import type { OpenAPIOptions } from './document.ts'
import { schemesOf } from './security.ts'

/**
 * Verifies that operation IDs and the names of security schemes are unique, and that security requirements name schemes
 * of the options or of routes.
 *
 * @throws RouteError if they do not, OptionError if a value is not a list
 */
export function assertDescription(routes: readonly Route[], options: OpenAPIOptions): void {
  const { security = [], servers = [] } = options
  const isServer = (item: unknown) => typeof (item as { url?: unknown } | null)?.url === 'string'
  assertList('servers', 'openapi', servers, isServer, "a list: [{ url: 'https://api.example.com' }]")
  const isRequirement = (item: unknown) => typeof item === 'object' && item !== null
  assertList('security', 'openapi', security, isRequirement, 'a list: [{ bearer: [] }]')
  const securitySchemes = { ...schemesOf(routes), ...options.securitySchemes }
  const owners = new Map<string, string>()
  for (const { method, pattern, spec } of routes) {
    const name = `${method} ${pattern}`
    const { operationId } = spec
    if (operationId !== undefined) {
      const owner = owners.get(operationId)
      if (owner !== undefined)
        throw new RouteError(
          name,
          `${owner} has the same operationId '${operationId}'`,
          'Use another operationId',
        )
      owners.set(operationId, name)
    }
    for (const scheme of (spec.security ?? security).flatMap((requirement) => Object.keys(requirement)))
      if (!Object.hasOwn(securitySchemes, scheme))
        throw new RouteError(
          name,
          `its security names the scheme '${scheme}', which is not declared`,
          'Declare it in openapi.securitySchemes of the WebModule',
        )
  }
}
