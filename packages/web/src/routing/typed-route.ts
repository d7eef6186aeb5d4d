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
  readonly [K in keyof Spec & InputPart as Spec[K] extends StandardSchema
    ? K
    : never]: Spec[K] extends StandardSchema<infer In, infer _Out> ? In : never
}

/** The parts of a request that a schema describes. */
type InputPart = 'params' | 'query' | 'headers' | 'body'

/** The values that a route sends, by status. `Result` is what its handler returns. */
export type RouteOutput<Spec, Result> = Success<Spec, Awaited<Result>> & Declared<Spec>

type Success<Spec, Result> = Spec extends { readonly response: StandardSchema<infer _In, infer Out> }
  ? { readonly [S in SuccessStatus<Spec, 200>]: Out }
  : ([SuccessInput<Spec>] extends [never]
      ? SuccessOf<Spec, Exclude<Result, HTTPException | AnyStatusReply>>
      : unknown) &
      Replies<Extract<Result, AnyStatusReply>>

type AnyStatusReply = StatusReply<number, unknown>

/** The values that a handler returns by `reply`, by status. */
type Replies<Reply extends AnyStatusReply> = [Reply] extends [never]
  ? unknown
  : { readonly [One in Reply as One['status']]: One['value'] }

type SuccessOf<Spec, Value> = [Value] extends [never]
  ? unknown
  : [Value] extends [undefined | void]
    ? { readonly [S in SuccessStatus<Spec, 204>]: undefined }
    : Spec extends { readonly status: number }
      ? { readonly [S in SuccessStatus<Spec, 200>]: Body<Value> }
      : { readonly 200: Body<Exclude<Value, undefined | void>> } & (undefined extends Value
          ? { readonly 204: undefined }
          : unknown)

/** A `Response` may have any body. */
type Body<Value> = Value extends Response ? unknown : Value

type SuccessStatus<Spec, Default extends number> = Spec extends { readonly status: infer S extends number }
  ? S
  : Default

/** The further responses that a spec declares, by status. */
type Declared<Spec> = Spec extends { readonly responses: infer Responses }
  ? {
      readonly [S in keyof Responses as HasSchema<Responses[S]> extends true ? S : never]: DeclaredBody<
        Responses[S]
      >
    }
  : unknown

type HasSchema<Description> = Description extends StandardSchema | { readonly schema: StandardSchema }
  ? true
  : false

type DeclaredBody<Description> =
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
