// The argument and the result of a handler, inferred from the pattern of its route and its spec.

import type { StandardSchema } from '@myfy/core'
import type { Injected } from '@myfy/di'
import type { IdentityOf } from '../auth/define-auth.ts'
import type { HTTPException } from '../http/http-exception.ts'
import type { Query } from '../http/query.ts'
import type { Injection, NoInjection } from '../request/injection.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { StatusReply } from '../response/status-reply.ts'
import type { PathParams } from '../router/path-params.ts'
import type { AuthOption, RouteSpec } from './route-spec.ts'

/** The types that a group gives its handlers. */
export interface GroupTypes {
  /** The services of the group by name. */
  readonly inject: Injection
  /** The authentication of the group. */
  readonly auth: unknown
}

/** The types of a group without options. */
export interface NoGroup extends GroupTypes {
  /** No services. */
  readonly inject: NoInjection
  /** No authentication. */
  readonly auth: false
}

/** The function that handles the requests of a route. `Group` are the types of its group. */
export type Handler<Path extends string, Spec extends RouteSpec, Group = NoGroup> = (
  context: HandlerContext<Path, Spec, Group>,
) => HandlerResult<Spec>

/** The argument of a handler: the request, its validated parts, and the services by name. */
export type HandlerContext<Path extends string, Spec, Group = NoGroup> = RequestContext &
  RequestParts<Path, Spec> &
  RouteServices<Spec> &
  RouteServices<Group> &
  RouteIdentity<Spec, Group>

/** The identity that the authentication of a route, else that of its group, gives the handler. */
export type RouteIdentity<Spec, Group = NoGroup> = Spec extends { readonly auth: infer Option }
  ? IdentityPart<Option>
  : Group extends { readonly auth: infer Option }
    ? IdentityPart<Option>
    : unknown

/** The part of the argument for one option `auth`. */
export type IdentityPart<Option> = [Option] extends [AuthOption]
  ? [Option] extends [false]
    ? unknown
    : {
        /** The identity that the authentication of the route has returned. */
        readonly identity: IdentityOf<Option>
      }
  : unknown

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

/**
 * The result of a handler, or a promise of it. With a `response` schema, or a schema in `responses` for the status of
 * the success, the value must be valid input of that schema.
 */
export type HandlerResult<Spec> =
  | HandlerResponse<ResponseValue<Spec>>
  | PromiseLike<HandlerResponse<ResponseValue<Spec>>>

/** A value that is sent as JSON, or a complete response. */
export type HandlerResponse<Value> = Value | Response | HTTPException

/** The values that a handler may return besides complete responses. */
export type ResponseValue<Spec> = Spec extends { readonly response: StandardSchema<infer In, infer _Out> }
  ? In | StatusReplies<Spec>
  : [SuccessInput<Spec>] extends [never]
    ? unknown
    : SuccessInput<Spec> | StatusReplies<Spec>

/** The answers that `reply` may create: one for each declared status. */
export type StatusReplies<Spec> = Spec extends { readonly responses: infer Declared }
  ? {
      [Status in keyof Declared & number]: StatusReply<Status, Immutable<DeclaredInput<Declared[Status]>>>
    }[keyof Declared & number]
  : never

/** A type with every property readonly, at any depth: `reply` infers literals as they are written. */
export type Immutable<T> = unknown extends T
  ? T
  : T extends object
    ? T extends (...args: never) => unknown
      ? T
      : { readonly [K in keyof T]: Immutable<T[K]> }
    : T

/** The input of a declared response; `unknown` if it has no schema. */
export type DeclaredInput<Declared> =
  Declared extends StandardSchema<infer In, infer _Out>
    ? In
    : Declared extends { readonly schema: StandardSchema<infer In, infer _Out> }
      ? In
      : unknown

/** The input of the declared response that a value without a status is; `never` if none has a schema. */
export type SuccessInput<Spec> = Spec extends { readonly responses: infer Declared }
  ? SchemaInput<
      Spec extends { readonly status: infer Status }
        ? Declared[Status & keyof Declared]
        : 200 extends keyof Declared
          ? Declared[200 & keyof Declared]
          : {
              [Status in keyof Declared]: `${Status & number}` extends `2${string}` ? Declared[Status] : never
            }[keyof Declared]
    >
  : never

/** The input of a schema, or of the schema of a declared response; `never` for anything else. */
export type SchemaInput<Declared> =
  Declared extends StandardSchema<infer In, infer _Out>
    ? In
    : Declared extends { readonly schema: StandardSchema<infer In, infer _Out> }
      ? In
      : never
