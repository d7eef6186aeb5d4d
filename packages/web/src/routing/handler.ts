// What a handler receives and may return, inferred from the pattern of its route and its spec.

import type { StandardSchema } from '@myfy/core'
import type { Injected } from '@myfy/di'
import type { HTTPException } from '../http/http-exception.ts'
import type { Query } from '../http/query.ts'
import type { WebSocketHooks } from '../node/websocket-exchange.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { RouteSpec } from './route.ts'

/** The function that answers a route. */
export type Handler<Path extends string, Spec extends RouteSpec> = (
  context: HandlerContext<Path, Spec>,
) => HandlerResult<Spec>

/** What a handler receives: the request, its checked parts, and the services by their names. */
export type HandlerContext<Path extends string, Spec> = RequestContext &
  RequestParts<Path, Spec> &
  RouteServices<Spec>

/** The checked parts of a request. */
export type RequestParts<Path extends string, Spec> = {
  /** The parameters of the path. */
  readonly params: SchemaOutput<Spec, 'params', PathParams<Path>>
  /** The query. */
  readonly query: SchemaOutput<Spec, 'query', Query>
} & (Spec extends { readonly body: StandardSchema }
  ? { readonly body: SchemaOutput<Spec, 'body', never> }
  : unknown) &
  (Spec extends { readonly headers: StandardSchema }
    ? { readonly headers: SchemaOutput<Spec, 'headers', never> }
    : unknown)

/** The services of a route by their names. */
export type RouteServices<Spec> = Spec extends { readonly inject: infer I }
  ? { readonly [K in keyof I]: Injected<I[K]> }
  : unknown

/** What the schema of a part of the request gives, or what it is without one. */
export type SchemaOutput<Spec, Key extends string, Fallback> = Spec extends {
  readonly [K in Key]: StandardSchema<infer _In, infer Out>
}
  ? Out
  : Fallback

/** What a handler may return, now or as a promise. With a `response` schema: what the schema takes. */
export type HandlerResult<Spec> =
  | HandlerResponse<Spec extends { readonly response: StandardSchema<infer In, infer _Out> } ? In : unknown>
  | PromiseLike<
      HandlerResponse<Spec extends { readonly response: StandardSchema<infer In, infer _Out> } ? In : unknown>
    >

/** A value that becomes JSON, or something that is an answer of itself. */
export type HandlerResponse<Value> = Value | Response | HTTPException

/** The parameters in a pattern: `PathParams<'/users/:id/files/**:rest'>` has `id` and `rest`. */
export type PathParams<Path extends string> = { [K in keyof ParamsOf<Path>]: ParamsOf<Path>[K] }

/** The parameters in a pattern, segment by segment. */
export type ParamsOf<Path extends string> = string extends Path
  ? Record<string, string>
  : Path extends `${infer Head}/${infer Tail}`
    ? ParamOf<Head> & ParamsOf<Tail>
    : ParamOf<Path>

/** The parameter in one segment of a pattern. */
export type ParamOf<Segment extends string> = Segment extends `**:${infer Name}`
  ? { readonly [K in Name]: string }
  : Segment extends `${string}:${infer Name}`
    ? Name extends `${infer Bare}(${string}`
      ? { readonly [K in Bare]: string }
      : Name extends `${infer Bare}?`
        ? { readonly [K in Bare]?: string }
        : { readonly [K in Name]: string }
    : unknown

/** Makes the hooks of one WebSocket connection. What it throws or returns as an error refuses the connection. */
export type WebSocketHandler<Context> = (
  context: Context,
) => WebSocketHooks | HTTPException | PromiseLike<WebSocketHooks | HTTPException>
