// The security schemes and requirements of a description, from the authentication of routes.

import { alternativesOf } from '../auth/alternatives.ts'
import type { AnyAuth } from '../auth/define-auth.ts'
import { RouteError } from '../errors.ts'
import type { Route, RouteSpec } from '../routing/route-spec.ts'

/**
 * Returns the security schemes of routes by name.
 *
 * @throws RouteError if two of them have the same name
 */
export function schemesOf(routes: readonly Route[]): Record<string, object> {
  const owners = new Map<string, AnyAuth['options']>()
  for (const { method, pattern, spec } of routes) {
    for (const { name, options } of alternativesOf(spec.auth)) {
      const owner = owners.get(name) ?? options
      if (owner !== options)
        throw new RouteError(
          `${method} ${pattern}`,
          `another authentication of the application has the name '${name}'`,
          'Pass another `name` to defineAuth()',
        )
      owners.set(name, options)
    }
  }
  return Object.fromEntries([...owners].map(([name, options]) => [name, schemeOf(options)]))
}

/** The security scheme object of an authentication. */
function schemeOf({ scheme, description, bearerFormat, cookie, header, query }: AnyAuth['options']): object {
  const common = description === undefined ? {} : { description }
  switch (scheme) {
    case 'bearer':
      return { type: 'http', scheme: 'bearer', ...(bearerFormat && { bearerFormat }), ...common }
    case 'basic':
      return { type: 'http', scheme: 'basic', ...common }
    case 'cookie':
      return { type: 'apiKey', in: 'cookie', name: [cookie ?? []].flat()[0], ...common }
    default:
      return { type: 'apiKey', in: header ? 'header' : 'query', name: header ?? query, ...common }
  }
}

/** The security requirements of an operation: the option `security`, else the authentication. */
export function securityOf({ security, auth, scopes = [] }: RouteSpec): { readonly security?: object } {
  if (security !== undefined) return { security }
  if (auth === false) return { security: [] }
  const alternatives = alternativesOf(auth)
  if (alternatives.length === 0) return {}
  const requirements: object[] = alternatives.map(({ name }) => ({ [name]: scopes }))
  return {
    security: alternatives.some(({ isOptional }) => isOptional) ? [...requirements, {}] : requirements,
  }
}
