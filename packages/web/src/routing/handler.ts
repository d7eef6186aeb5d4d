// The argument and the result of a handler, inferred from the pattern of its route and its spec.

import type { StandardSchema } from '@myfy/core'
import type { Injected } from '@myfy/di'
import type { HTTPException } from '../http/http-exception.ts'
import type { Query } from '../http/query.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { NoInjection } from './before-hook.ts'
import type { PathParams } from './path-params.ts'
import type { RouteSpec } from './route-spec.ts'

/** The function that handles the requests of a route. `Shared` are the services of its group. */
export type Handler<Path extends string, Spec extends RouteSpec, Shared = NoInjection> = (
  context: HandlerContext<Path, Spec, Shared>,
) => HandlerResult<Spec>

/** The argument of a handler: the request, its validated parts, and the services by name. */
export type HandlerContext<Path extends string, Spec, Shared = NoInjection> = RequestContext &
  RequestParts<Path, Spec> &
  RouteServices<Spec> &
  RouteServices<{ readonly inject: Shared }>

/** The validated parts of a request. */
export type RequestParts<Path extends string, Spec> = {
  /** The path parameters. */
  readonly params: SchemaOutput<Spec, 'params', PathParams<Path>>
  /** The query. */
  readonly query: SchemaOutput<Spec, 'query', Query>
} & (Spec extends { readonly body: StandardSchema }
  ? { readonly body: SchemaOutput<Spec, 'body', never> }
  : unknown) &
  (Spec extends { readonly headers: StandardSchema }
    ? { readonly headers: SchemaOutput<Spec, 'headers', never> }
    : unknown)

/** The services of a route by name. */
export type RouteServices<Spec> = Spec extends { readonly inject: infer I }
  ? { readonly [K in keyof I]: Injected<I[K]> }
  : unknown

/** The output type of one schema of a spec, or `Fallback` when the spec has none. */
export type SchemaOutput<Spec, Key extends string, Fallback> = Spec extends {
  readonly [K in Key]: StandardSchema<infer _In, infer Out>
}
  ? Out
  : Fallback

/** The result of a handler, or a promise of it. With a `response` schema, the value must be valid input of the schema. */
export type HandlerResult<Spec> =
  | HandlerResponse<Spec extends { readonly response: StandardSchema<infer In, infer _Out> } ? In : unknown>
  | PromiseLike<
      HandlerResponse<Spec extends { readonly response: StandardSchema<infer In, infer _Out> } ? In : unknown>
    >

/** A value that is sent as JSON, or a complete response. */
export type HandlerResponse<Value> = Value | Response | HTTPException
