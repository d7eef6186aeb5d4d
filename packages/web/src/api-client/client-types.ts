// The types of a client, from the types of the routes that it calls.

import type { ProblemDetails } from '../http/http-exception.ts'
import type { PathParams } from '../router/path-params.ts'
import type { Routes } from '../routing/route-spec.ts'
import type { TypedRoute } from '../routing/typed-route.ts'

/** A client for the routes of a group, or of several: `Client<typeof users | typeof orders>`. */
export interface Client<Group extends Routes> {
  /** Sends a GET request. */
  readonly get: ClientMethod<Group, 'GET'>
  /** Sends a POST request. */
  readonly post: ClientMethod<Group, 'POST'>
  /** Sends a PUT request. */
  readonly put: ClientMethod<Group, 'PUT'>
  /** Sends a PATCH request. */
  readonly patch: ClientMethod<Group, 'PATCH'>
  /** Sends a DELETE request. */
  readonly delete: ClientMethod<Group, 'DELETE'>
  /** Sends a HEAD request. */
  readonly head: ClientMethod<Group, 'HEAD'>
  /** Sends an OPTIONS request. */
  readonly options: ClientMethod<Group, 'OPTIONS'>
}

/** Sends the requests of one method: the pattern of a route, and its input. */
export type ClientMethod<Group extends Routes, M extends string> = <
  const Path extends keyof RoutesByPath<Group, M> & string,
>(
  path: Path,
  ...input: InputArguments<RoutesByPath<Group, M>[Path]>
) => Promise<ClientAnswer<RoutesByPath<Group, M>[Path]>>

/** The routes of one method by their patterns. */
export type RoutesByPath<Group, M extends string> = {
  readonly [Route in Extract<FlatRoutes<Group>, { readonly method: M }> as Route['pattern']]: Route
}

/** The routes of groups as a union, those of inner groups included. */
export type FlatRoutes<Declared> =
  Declared extends TypedRoute<infer _M, infer _P, infer _I, infer _O>
    ? Declared
    : Declared extends readonly (infer One)[]
      ? FlatRoutes<One>
      : Declared extends { readonly '~types'?: infer Inner }
        ? FlatRoutes<Exclude<Inner, undefined>>
        : never

/** The input as arguments: none is needed where every part is optional. */
export type InputArguments<Route> =
  Record<never, never> extends ClientInput<Route> ? [input?: ClientInput<Route>] : [input: ClientInput<Route>]

/** The input of a request. */
export type ClientInput<Route> =
  Route extends TypedRoute<infer _M, infer Path, infer Input, infer _O>
    ? ParamsPart<Path, Input> & QueryPart<Input> & HeadersPart<Input> & BodyPart<Input> & RequestOptions
    : never

/** The options of one request. */
export interface RequestOptions {
  /** Aborts the request. */
  readonly signal?: AbortSignal
}

/** A value that a path can contain. */
export type PathValue = string | number | bigint | boolean

/** A value that a query can contain; a list is sent as several pairs, and `undefined` not at all. */
export type QueryValue = PathValue | readonly PathValue[] | null | undefined

type ParamsPart<Path extends string, Input> = Part<'params', ParamsOf<PathParams<Path>, Input>>

type ParamsOf<InPath, Input> = Input extends { readonly params: infer Schema }
  ? { readonly [K in keyof Schema]: Known<Schema[K], PathValue> } & Values<Omit<InPath, keyof Schema>>
  : Values<InPath>

type Values<InPath> = { readonly [K in keyof InPath]: PathValue }

type QueryPart<Input> = Input extends { readonly query: infer Schema }
  ? Part<'query', { readonly [K in keyof Schema]: Known<Schema[K], QueryValue> }>
  : { readonly query?: Readonly<Record<string, QueryValue>> }

type HeadersPart<Input> = Input extends { readonly headers: infer Schema }
  ? Part<'headers', Schema & Readonly<Record<string, string>>>
  : { readonly headers?: Readonly<Record<string, string | undefined>> }

type BodyPart<Input> = Input extends { readonly body: infer Schema } ? Part<'body', Schema> : unknown

/** One part of the input. It is optional if it may be empty. */
type Part<Name extends string, Value> =
  Record<never, never> extends Value
    ? { readonly [K in Name]?: Value }
    : undefined extends Value
      ? { readonly [K in Name]?: Value }
      : { readonly [K in Name]: Value }

/** The input of a coercing schema is unknown: any value that a URL can contain. */
type Known<Value, Fallback> = unknown extends Value ? Fallback : Value

/** The answer of a route: its body by status. */
export type ClientAnswer<Route> =
  Route extends TypedRoute<infer _M, infer _P, infer _I, infer Output>
    ?
        | DeclaredAnswers<Output>
        // Most routes declare no error: all of them share one type.
        | ([Extract<keyof Output, ErrorStatus>] extends [never]
            ? ProblemAnswer
            : ProblemAnswer<Exclude<ErrorStatus, keyof Output>>)
    : never

type DeclaredAnswers<Output> = {
  [Status in keyof Output & number]: Answer<IsSuccess<Status>, Status, Sent<Output[Status]>>
}[keyof Output & number]

type IsSuccess<Status extends number> = `${Status}` extends `2${string}` ? true : false

/** An answer: the status discriminates the type of `data`. */
export interface Answer<Ok extends boolean, Status extends number, Data> {
  /** True for a status from 200 to 299. */
  readonly ok: Ok
  /** The status. */
  readonly status: Status
  /** The body: parsed JSON, or a text; undefined if it is neither. It can then be read from `response`. */
  readonly data: Data
  /** The response, for its headers, and for a body that is a stream. */
  readonly response: Response
}

/** The answer of an error that the route does not declare. */
export type ProblemAnswer<Status extends number = ErrorStatus> = Answer<false, Status, ProblemDetails>

// biome-ignore format: one line
/** The statuses of errors. */
export type ErrorStatus = 400 | 401 | 402 | 403 | 404 | 405 | 406 | 408 | 409 | 410 | 411 | 412 | 413 | 414 | 415 | 416 | 417 | 421 | 422 | 423 | 424 | 425 | 426 | 428 | 429 | 431 | 451 | 500 | 501 | 502 | 503 | 504

/** A value after its way as JSON: a date is a string, and functions are left out. */
export type Sent<Value> = unknown extends Value ? unknown : Value extends Plain ? Value : SentValue<Value>

/** A value that JSON does not change. Most answers are one, and need no further type. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Plain[]
  | { readonly [name: string]: Plain }

/** A value after its way as JSON, member by member. */
export type SentValue<Value> = Value extends { toJSON(): infer Json }
  ? Sent<Json>
  : Value extends bigint | symbol | ((...args: never) => unknown)
    ? never
    : Value extends Uint8Array | ArrayBuffer | Blob | AsyncIterable<unknown> | ReadableStream
      ? undefined
      : Value extends readonly unknown[]
        ? { [I in keyof Value]: Sent<Value[I]> }
        : {
            [K in keyof Value as Value[K] extends symbol | ((...args: never) => unknown) ? never : K]: Sent<
              Value[K]
            >
          }
