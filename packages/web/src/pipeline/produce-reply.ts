// The value of a handler, a middleware or an exception handler, as a reply.

import { issuesText, isThenable } from '@myfy/core/runtime'
import { ResponseError } from '../errors.ts'
import { bufferResponse } from '../response/buffer-response.ts'
import { mergeHeaders } from '../response/framing.ts'
import { assertFound, isHTTPResponse, webResponse } from '../response/h3-response.ts'
import {
  isData,
  isEventStream,
  isStreamed,
  isWebBody,
  type Reply,
  toReply,
  webBodyResponse,
} from '../response/reply.ts'
import { StatusReply } from '../response/status-reply.ts'
import { withFirstChunk } from '../response/stream-source.ts'
import { isStatus } from '../routing/assert-options.ts'
import { schemaOf } from '../routing/responses.ts'
import type { RouteSpec } from '../routing/route-spec.ts'
import type { validate } from '../validation/validation.ts'

/**
 * Returns the reply for a value. It is a promise only if something must be read first: the body of a Response, the
 * first piece of a stream.
 *
 * @throws the value itself if it is an error: to return an error is to throw it
 */
export function produceReply(value: unknown, status: number | undefined): Reply | Promise<Reply> {
  if (status !== undefined && value !== undefined && value !== null) assertBody(status, value)
  if (isData(value)) {
    if (typeof value === 'symbol') assertFound(value)
    return toReply(value, status)
  }
  if (value instanceof Error) throw value
  if (value instanceof StatusReply) return statusReply(value, {}, 'the request')
  if (value instanceof Response) return bufferResponse(value)
  if (isHTTPResponse(value)) return bufferResponse(webResponse(value, status))
  if (isWebBody(value)) return bufferResponse(webBodyResponse(value, status ?? 200))
  const reply = toReply(value, status)
  if (!isStreamed(reply.body) || isEventStream(reply)) return reply
  return withFirstChunk(reply.body).then((body) => ({ ...reply, body }))
}

/**
 * The statuses that say that there is no content (RFC 9110, 15.3.5 and 15.3.6). A 304 says that the client has it: the
 * value of a handler is left out.
 */
const BODILESS: ReadonlySet<number> = new Set([204, 205])

/** @throws ResponseError if a value would be lost, because the answer with this status has no body */
function assertBody(status: number, value: unknown): void {
  if (!BODILESS.has(status) || value === '' || isAnswer(value)) return
  throw new ResponseError(
    `Cannot send the returned value: an answer with the status ${status} has no body. Return nothing, or choose another status.`,
  )
}

/** Reports whether a value is an answer as it is, to which a response schema does not apply. */
// Plain data first: the mere name `Response` makes node load the classes of the web platform.
export const isAnswer = (value: unknown): boolean =>
  !isData(value) && (value instanceof Response || value instanceof Error || isHTTPResponse(value))

/**
 * Returns the reply for the value that a response schema makes of another.
 *
 * @throws ResponseError if it refuses it: that is the server's fault, and the client must not read a 422 about it
 */
export function checkedReply(
  schema: Parameters<typeof validate>[0],
  value: unknown,
  status: number | undefined,
  route: string,
): Reply | Promise<Reply> {
  return after(schema['~standard'].validate(value), (result) => {
    if (result.issues === undefined) return produceReply(result.value, status)
    throw new ResponseError(
      `Cannot answer ${route}: the returned value does not match the response schema (${issuesText(result.issues)}). Return a matching value, or change the schema.`,
    )
  })
}

/**
 * Returns the reply for a value with a status, which the schema that the route declares for the status parses.
 *
 * @throws ResponseError if the status is not one, or if the schema refuses the value
 */
export function statusReply(
  { status, value, headers }: StatusReply,
  { response, responses, status: success }: RouteSpec,
  route: string,
): Reply | Promise<Reply> {
  if (!isStatus(status))
    throw new ResponseError(
      `Cannot answer ${route}: ${status} is not the status of a response. Pass a status from 200 to 599 to reply().`,
    )
  const declared = responses?.[status]
  const schema = declared === undefined ? undefined : schemaOf(declared)
  const checked = schema ?? (status === (success ?? 200) ? response : undefined)
  const reply =
    checked === undefined || isAnswer(value)
      ? produceReply(value, status)
      : checkedReply(checked, value, status, route)
  return after(reply, (sent) => ({ ...sent, headers: mergeHeaders(sent.headers, Object.entries(headers)) }))
}

/** Continues with a value: at once, or when its promise has resolved. */
function after<T, R>(value: T | PromiseLike<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return isThenable(value) ? Promise.resolve(value as PromiseLike<T>).then(next) : next(value as T)
}
