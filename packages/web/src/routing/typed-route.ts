// The types of a declared route that a client needs: its input, and its output by status.

import type { StandardSchema } from '@myfy/core'
import type { HTTPException } from '../http/http-exception.ts'
import type { StatusReply } from '../response/status-reply.ts'
import type { JoinPath } from '../router/path-params.ts'
import type { SuccessInput } from './handler.ts'
import type { Method, Route, Routes } from './route-spec.ts'

/** A declared route with the types of its input and its output. They exist for the compiler only. */
export interface TypedRoute<M extends Method, Path extends string, Input, Output> extends Route {
  /** The method. */
  readonly method: M
  /** The full pattern, prefix included: `/users/:id`. */
  readonly pattern: Path
  /** The types of the input and the output. The property is never set. */
  readonly '~types'?: readonly [Input, Output]
}

/** The input that a client passes to a route: the input types of its schemas. */
export type RouteInput<Spec> = {
  readonly [K in keyof Spec & SchemaPart as Spec[K] extends StandardSchema
    ? K
    : never]: Spec[K] extends StandardSchema<infer In, infer _Out> ? In : never
}

/**
 * The same type with its members resolved: in the declarations of a server, a client finds them without the schemas, which
 * would have to be evaluated again.
 */
export type Resolved<T> = T extends infer Members ? { [K in keyof Members]: Members[K] } : never

/** The parts of a request that a schema describes. */
export type SchemaPart = 'params' | 'query' | 'headers' | 'body'

/** The values that a route sends, by status. `Result` is what its handler returns. */
export type RouteOutput<Spec, Result> = SuccessOutput<Spec, Awaited<Result>> & DeclaredOutput<Spec>

/** The values of a success, by the schema of the response, else by the result of the handler. */
export type SuccessOutput<Spec, Result> = Spec extends {
  readonly response: StandardSchema<infer _In, infer Out>
}
  ? { readonly [S in SuccessStatus<Spec, 200>]: Out }
  : ([SuccessInput<Spec>] extends [never]
      ? ReturnedOutput<Spec, Exclude<Result, HTTPException | AnyStatusReply>>
      : unknown) &
      ReplyOutput<Extract<Result, AnyStatusReply>, keyof DeclaredOutput<Spec>>

/** An answer of `reply`. */
export type AnyStatusReply = StatusReply<number, unknown>

/** The values that a handler returns by `reply`, by status. */
export type ReplyOutput<Reply extends AnyStatusReply, Known> = [Reply] extends [never]
  ? unknown
  : { readonly [One in Reply as Exclude<One['status'], Known>]: One['value'] }

/** The values that a handler without a response schema sends, by status. */
export type ReturnedOutput<Spec, Value> = [Value] extends [never]
  ? unknown
  : [Value] extends [undefined | void]
    ? { readonly [S in SuccessStatus<Spec, 204>]: undefined }
    : Spec extends { readonly status: number }
      ? { readonly [S in SuccessStatus<Spec, 200>]: BodyOf<Value> }
      : { readonly 200: BodyOf<Exclude<Value, undefined | void>> } & (undefined extends Value
          ? { readonly 204: undefined }
          : unknown)

/** A `Response` may have any body. */
export type BodyOf<Value> = Value extends Response ? unknown : Value

/** The status of a success: that of the spec, else the default. */
export type SuccessStatus<Spec, Default extends number> = Spec extends {
  readonly status: infer S extends number
}
  ? S
  : Default

/** The further responses that a spec declares, by status. */
export type DeclaredOutput<Spec> = Spec extends { readonly responses: infer Responses }
  ? {
      readonly [S in keyof Responses as HasSchema<Responses[S]> extends true ? S : never]: DeclaredBody<
        Responses[S]
      >
    }
  : unknown

/** `true` if a declared response has a schema. */
export type HasSchema<Description> = Description extends StandardSchema | { readonly schema: StandardSchema }
  ? true
  : false

/** The value of a declared response. */
export type DeclaredBody<Description> =
  Description extends StandardSchema<infer _In, infer Out>
    ? Out
    : Description extends { readonly schema: StandardSchema<infer _In, infer Out> }
      ? Out
      : never

/** The routes of a group below a further prefix. */
export type WithPrefix<Prefix extends string, Declared> = Prefix extends ''
  ? Declared
  : Declared extends readonly unknown[]
    ? { readonly [I in keyof Declared]: WithPrefix<Prefix, Declared[I]> }
    : Declared extends TypedRoute<infer M, infer Path, infer Input, infer Output>
      ? TypedRoute<M, JoinPath<Prefix, Path>, Input, Output>
      : Declared extends Routes<infer Inner>
        ? Routes<WithPrefix<Prefix, Inner>>
        : Declared
