// What a handler returned, as something that can be sent.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { EventStream, type StreamBody } from './event-stream.ts'
import { type HTTPException, PROBLEM_TYPE, type ProblemDetails } from './http-exception.ts'

/** An answer that is ready to be sent. */
export interface Reply {
  readonly status: number
  /** Names and values, one after the other. */
  readonly headers: readonly string[]
  readonly body: ReplyBody
}

/** Text or bytes are sent at once; anything else is a stream. */
export type ReplyBody = string | Uint8Array | null | StreamBody

/** The headers of JSON. */
export const JSON_HEADERS: readonly string[] = ['content-type', 'application/json']
/** The headers of a text. */
export const TEXT_HEADERS: readonly string[] = ['content-type', 'text/plain; charset=utf-8']

/** Turns what a handler returned into an answer. An {@link HTTPException} is for the caller to treat as a failure. */
export function toReply(value: unknown, status: number | undefined): Reply {
  if (value === undefined) return { status: status ?? 204, headers: NONE, body: null }
  if (typeof value === 'string') return text(value, status ?? 200)
  // Plain data first: the checks below would load the web platform's classes for an answer that is none of them.
  if (isData(value)) return json(value, status ?? 200)
  if (value instanceof EventStream) return { status: status ?? 200, headers: EVENTS, body: value }
  if (value instanceof Response) return fromResponse(value)
  if (value instanceof Uint8Array) return { status: status ?? 200, headers: BYTES, body: value }
  if (isStream(value)) return { status: status ?? 200, headers: BYTES, body: value }
  return json(value, status ?? 200)
}

/** The body of an error. */
export function problemReply(problem: ProblemDetails, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status: problem.status,
    headers: ['content-type', PROBLEM_TYPE, ...Object.entries(headers).flat()],
    body: JSON.stringify(problem),
  }
}

/** An exception as the client sees it. */
export const exceptionReply = (exception: HTTPException): Reply =>
  problemReply(exception.problem, exception.headers)

/** Whether a body comes piece by piece. */
export const isStreamed = (body: ReplyBody): body is StreamBody =>
  body !== null && typeof body === 'object' && !(body instanceof Uint8Array)

/** An answer as the web platform has it, for middleware and tests. */
export function toResponse(reply: Reply): Response {
  const headers = new Headers()
  for (let i = 0; i < reply.headers.length; i += 2) headers.append(reply.headers[i]!, reply.headers[i + 1]!)
  const empty = reply.body === null || reply.status === 204 || reply.status === 304
  const body = empty ? null : isStreamed(reply.body!) ? toReadable(reply.body) : (reply.body as string)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status: reply.status, headers })
}

/** An answer of the web platform. */
export function fromResponse(response: Response): Reply {
  if (response.bodyUsed) throw new TypeError('the body of the returned Response was already read')
  const headers: string[] = []
  for (const [name, value] of response.headers) if (!HOP_BY_HOP.has(name)) headers.push(name, value)
  return { status: response.status, headers, body: response.body as ReadableStream | null }
}

// They speak of the connection that an answer came by, not of the one it goes out on.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
])
const NONE: readonly string[] = []
const BYTES = ['content-type', 'application/octet-stream']
const EVENTS = [
  'content-type',
  'text/event-stream',
  'cache-control',
  'no-cache, no-transform',
  'x-accel-buffering',
  'no',
]

const text = (value: string, status: number): Reply => ({ status, headers: TEXT_HEADERS, body: value })

function json(value: unknown, status: number): Reply {
  const body = JSON.stringify(value)
  if (body === undefined) throw new TypeError(`a handler returned a ${typeof value}, which is no JSON value`)
  return { status, headers: JSON_HEADERS, body }
}

/** Whether a value is data and nothing else: an object literal, a list, a primitive. */
export function isData(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

function isStream(value: unknown): value is StreamBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || value instanceof Readable)
  )
}

function toReadable(body: StreamBody): ReadableStream {
  if (body instanceof Readable) return Readable.toWeb(body) as ReadableStream
  if ('getReader' in body) return body
  return Readable.toWeb(
    Readable.from(body as AsyncIterable<unknown>, { objectMode: false }),
  ) as ReadableStream
}
