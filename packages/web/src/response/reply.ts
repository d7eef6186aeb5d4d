// The value that a handler returned, as an answer that can be sent.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { ResponseError } from '../errors.ts'
import { type HTTPException, PROBLEM_TYPE, type ProblemDetails } from '../http/http-exception.ts'
import { EventStream } from './event-stream.ts'
import { stringifyJSON } from './json.ts'
import { NodeAnswer } from './node-handler.ts'
import { discardStream, type StreamBody, toWebStream } from './stream-source.ts'

/** An answer that is ready to be sent. */
export interface Reply {
  readonly status: number
  /** Names and values, one after the other. */
  readonly headers: readonly string[]
  readonly body: ReplyBody
}

/** Text and bytes are sent at once. A NodeAnswer writes the whole answer itself. Anything else is a stream. */
export type ReplyBody = string | Uint8Array | null | StreamBody | NodeAnswer

/** The headers of JSON. */
export const JSON_HEADERS: readonly string[] = ['content-type', 'application/json']
/** The headers of a text. */
export const TEXT_HEADERS: readonly string[] = ['content-type', 'text/plain; charset=utf-8']

/** Returns the answer for the value that a handler returned. */
export function toReply(value: unknown, status: number | undefined): Reply {
  if (value === undefined) return { status: status ?? 204, headers: NONE, body: null }
  if (typeof value === 'string') return { status: status ?? 200, headers: TEXT_HEADERS, body: value }
  // Plain data first: the checks below would load the web platform's classes for an answer that has none of them.
  if (isData(value)) return json(value, status ?? 200)
  if (value instanceof EventStream)
    return { status: status ?? 200, headers: EVENT_STREAM_HEADERS, body: value }
  if (value instanceof NodeAnswer) return { status: 200, headers: NONE, body: value }
  const bytes = bytesOf(value)
  if (bytes) return { status: status ?? 200, headers: BYTES_HEADERS, body: bytes }
  if (isStream(value)) return { status: status ?? 200, headers: BYTES_HEADERS, body: value }
  return json(value, status ?? 200)
}

/** Reports whether a value is a body of the web platform, for which a Response determines the content type. */
export const isWebBody = (value: unknown): value is Blob | FormData | URLSearchParams =>
  value instanceof Blob || value instanceof FormData || value instanceof URLSearchParams

/** The answer for a body of the web platform. A file of unknown type is bytes. */
export function webBodyResponse(value: Blob | FormData | URLSearchParams, status: number): Response {
  const response = new Response(value, { status })
  if (!response.headers.has('content-type')) response.headers.set('content-type', 'application/octet-stream')
  return response
}

/** The body of an error. */
export function problemReply(problem: ProblemDetails, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status: problem.status,
    headers: ['content-type', PROBLEM_TYPE, ...Object.entries(headers).flat()],
    body: JSON.stringify(problem),
  }
}

/** An exception as the client receives it. */
export const exceptionReply = ({ problem, headers }: HTTPException, id: string): Reply =>
  // An id of the problem's own stays.
  problemReply('id' in problem ? problem : { ...problem, id }, headers)

/** Reports whether a body is produced piece by piece. */
export const isStreamed = (body: ReplyBody): body is StreamBody =>
  body !== null && typeof body === 'object' && !(body instanceof Uint8Array) && !(body instanceof NodeAnswer)

/** Ends the stream of an answer that is not sent. */
export function discardReply({ body }: Reply): void {
  if (isStreamed(body)) discardStream(body)
}

/** Reports whether an answer is a stream of server-sent events. */
export const isEventStream = ({ headers, body }: Reply): boolean =>
  isStreamed(body) &&
  headers.some(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type' && EVENTS.test(headers[i + 1]!),
  )

/** An answer as the web platform has it, for middleware and tests. A stream is not opened before it is read. */
export function toResponse(reply: Reply, headers: Headers = headersOf(reply)): Response {
  const empty =
    reply.body === null ||
    reply.body instanceof NodeAnswer ||
    reply.status === 204 ||
    reply.status === 205 ||
    reply.status === 304
  const body = empty ? null : isStreamed(reply.body!) ? toWebStream(reply.body) : (reply.body as string)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status: reply.status, headers })
}

/** The headers of an answer as the web platform has them. */
export function headersOf(reply: Reply): Headers {
  const headers = new Headers()
  for (let i = 0; i < reply.headers.length; i += 2) headers.append(reply.headers[i]!, reply.headers[i + 1]!)
  return headers
}

/** The error of a Response whose body is gone. */
export const alreadyRead = (): ResponseError =>
  new ResponseError(
    'Cannot send the returned Response: its body was already read. Return a clone, or a new Response.',
  )

/** An answer of the web platform. */
export function fromResponse(response: Response): Reply {
  if (response.bodyUsed) throw alreadyRead()
  if (response.status < 200)
    throw new ResponseError(
      `Cannot send the returned Response: its status is ${response.status}. Return a status from 200 to 599.`,
    )
  const decoded = response.url !== '' && response.headers.has('content-encoding')
  const headers: string[] = []
  for (const [name, value] of response.headers)
    if (!(decoded && OF_ENCODED.has(name))) headers.push(name, value)
  return { status: response.status, headers, body: response.body as ReadableStream | null }
}

// A Response with a URL came from fetch(), which has decoded its body: these speak of the encoded one.
const OF_ENCODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'content-md5'])

const EVENTS = /^\s*text\/event-stream\s*(?:;|$)/i
const NONE: readonly string[] = []
const BYTES_HEADERS = ['content-type', 'application/octet-stream']
const EVENT_STREAM_HEADERS = [
  'content-type',
  'text/event-stream',
  'cache-control',
  'no-cache, no-transform',
  'x-accel-buffering',
  'no',
]

const json = (value: unknown, status: number): Reply => ({
  status,
  headers: JSON_HEADERS,
  body: stringifyJSON(value),
})

/** Reports whether a value is plain data: an object literal, a list, a primitive. */
export function isData(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value)
  return undefined
}

function isStream(value: unknown): value is StreamBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || value instanceof Readable)
  )
}
