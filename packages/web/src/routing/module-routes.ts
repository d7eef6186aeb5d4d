// Routes that the modules of an application bring.

import { type Module, OptionError } from '@myfy/core'
import { meantName } from '@myfy/core/runtime'
import { assertList, isRouteGroup } from './assert-options.ts'
import type { Routes } from './route-spec.ts'

/**
 * A module that brings routes: a field or a method `routes`, which the `WebModule` of the application collects.
 *
 * @example
 * ```ts
 * import { BaseModule } from '@myfy/core'
 * import { defineRoutes, type RoutesModule } from '@myfy/web'
 *
 * export class UsersModule extends BaseModule implements RoutesModule {
 *   override name = 'users'
 *   readonly routes = [defineRoutes('/users', (route) => void route.get('/', () => []))]
 * }
 * ```
 */
export interface RoutesModule extends Module {
  /** The groups of routes, or a method that returns them. */
  readonly routes: readonly Routes[] | (() => readonly Routes[])
}

/**
 * Returns the routes that a module brings.
 *
 * @throws OptionError if `routes` holds anything but groups of routes, or is misspelled
 */
export function routesOf(module: Module): readonly Routes[] {
  const brought = (module as Partial<RoutesModule>).routes
  const routes = typeof brought === 'function' ? brought.call(module) : brought
  if (routes === undefined) {
    assertSpelling(module)
    return []
  }
  assertList('routes', `the module '${module.name}'`, routes, isRouteGroup, ROUTE_GROUPS)
  return routes
}

/** Refuses groups of routes in a field whose name is nearly `routes`: nothing would serve them. */
function assertSpelling(module: Module): void {
  for (const [name, value] of Object.entries(module)) {
    const holdsGroups = isRouteGroup(value) || (Array.isArray(value) && value.some(isRouteGroup))
    if (!holdsGroups || meantName(name, ['routes']) === undefined) continue
    throw new OptionError(
      'MYFY_OPTION_UNKNOWN',
      `Cannot use the field '${name}' of the module '${module.name}': its groups of routes would not be served. Write routes.`,
    )
  }
}

/** The values that a list of routes holds, as error messages name them. */
export const ROUTE_GROUPS = 'the groups that defineRoutes(), serveFiles() and mount() return'
