// The options of a route that other modules define, such as a transaction: their check, and their place in a request.

import type { HandlerCall, HandlerOption, HandlerOptions, WorkUnit } from '@myfy/core'
import { meantName } from '@myfy/core/runtime'
import { type Inject, request } from '@myfy/di'
import { RouteError } from '../errors.ts'
import type { Injection } from '../request/injection.ts'
import type { Route, RouteSpec } from '../routing/route-spec.ts'

/** An option with the value that the route declares. */
interface Declared {
  readonly option: HandlerOption
  readonly value: unknown
  /** The name under which the plan of the route builds the services of the option. */
  readonly key: string
}

/** The options of one route, in the order in which their modules were added. */
export class RouteOptions {
  readonly #declared: readonly Declared[]

  private constructor(declared: readonly Declared[]) {
    this.#declared = declared
  }

  /**
   * Returns the options of a route; undefined if it declares none.
   *
   * @throws RouteError for an option that no module defines, and for any option of a WebSocket
   */
  static of(route: Route, label: string, known: readonly HandlerOption[]): RouteOptions | undefined {
    const names = Object.entries(route.spec).filter(
      ([name, value]) => value !== undefined && !Object.hasOwn(SPEC_NAMES, name),
    )
    const declared = names.map(([name, value]): Declared => {
      const option = known.find((candidate) => candidate.name === name)
      if (name === 'before')
        throw new RouteError(
          label,
          "'before' is an option of groups",
          'Write it in defineRoutes(prefix, { before }, …), or in route.group(path, { before }, …) around the route',
        )
      if (option === undefined) {
        const meant = meantName(name, [
          ...Object.keys(SPEC_NAMES),
          'before',
          ...known.map(({ name }) => name),
        ])
        throw new RouteError(
          label,
          `no module defines the option '${name}'`,
          meant === undefined
            ? 'Add the module that defines it, or remove the option'
            : `Write ${meant}, or add the module that defines it`,
        )
      }
      if (route.websocket)
        throw new RouteError(
          label,
          `the option '${name}' applies to requests`,
          'Remove it from the WebSocket',
        )
      option.check?.(value, label, route.spec)
      return { option, value, key: `option ${name}` }
    })
    if (declared.length === 0) return undefined
    const order = ({ option }: Declared) => known.indexOf(option)
    return new RouteOptions(declared.sort((a, b) => order(a) - order(b)))
  }

  /** The services of the options, to be built by the plan of the route. */
  get services(): Injection {
    return Object.fromEntries(
      this.#declared
        .filter(({ option }) => option.within && option.inject)
        .map(({ option, key }) => [
          key,
          request(option.inject as Inject, (services: unknown) => services, { name: key }),
        ]),
    )
  }

  /** Runs attempts inside of every option. */
  around(work: WorkUnit, attempt: () => Promise<void>): Promise<void> {
    return this.#declared.reduceRight(
      (inner, { option, value }) => (option.around ? () => option.around!(value, work, inner) : inner),
      attempt,
    )()
  }

  /** Runs the handler inside of every option. `services` holds those of {@link RouteOptions.services}. */
  within(
    call: HandlerCall,
    services: Readonly<Record<string, unknown>>,
    next: () => Promise<Response>,
  ): Promise<Response> {
    return this.#declared.reduceRight(
      (inner, { option, value, key }) =>
        option.within
          ? () => option.within!(value, call, (services[key] ?? {}) as Record<string, unknown>, inner)
          : inner,
      next,
    )()
  }
}

/** The names of the options that this package defines: every other name is an option of a module. */
const SPEC_NAMES: Readonly<Record<Exclude<keyof RouteSpec, keyof HandlerOptions>, true>> = {
  params: true,
  query: true,
  headers: true,
  body: true,
  response: true,
  inject: true,
  status: true,
  summary: true,
  description: true,
  tags: true,
  hidden: true,
  operationId: true,
  deprecated: true,
  security: true,
  responses: true,
  timeout: true,
  middleware: true,
  bodyLimit: true,
  origins: true,
  protocols: true,
  cors: true,
  auth: true,
  scopes: true,
  roles: true,
  rateLimit: true,
  message: true,
  etag: true,
  compression: true,
}
