// Entity tags of answers that a handler computes, and the conditions of a request on them (RFC 9110, section 13).

import { hash } from 'node:crypto'
import { errors } from '../http/http-exception.ts'
import { discardReply, exceptionReply, type Reply } from '../response/reply.ts'
import { checkPreconditions, type HeaderReader } from './preconditions.ts'

/**
 * Returns the answer to a GET or HEAD request with an entity tag, or a 304 or 412 where the conditions of the request
 * demand it. The tag is that of the handler, or a weak one of the contents: an encoding does not change it. A stream has
 * only the tag that its handler gave it.
 */
export function withEntityTag(reply: Reply, method: string, header: HeaderReader, id: () => string): Reply {
  if (reply.status !== 200 || (method !== 'GET' && method !== 'HEAD')) return reply
  const given = headerOf(reply.headers, 'etag')
  const etag = given ?? tagOf(reply.body)
  const modified = Date.parse(headerOf(reply.headers, 'last-modified') ?? '')
  const validators = { etag, modified: Number.isNaN(modified) ? undefined : modified }
  const headers = given === undefined && etag !== undefined ? [...reply.headers, 'etag', etag] : reply.headers
  const failed = checkPreconditions(header, validators)
  if (failed === undefined) return { ...reply, headers }
  discardReply(reply)
  // The headers of the content stay for the compression to judge it by; the framing of a 304 leaves them out.
  return failed === 304
    ? { status: 304, headers: withLength(headers, reply.body), body: null }
    : exceptionReply(errors.preconditionFailed('the resource has a different version'), id())
}

function tagOf(body: Reply['body']): string | undefined {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return undefined
  return `W/"${body.length.toString(36)}-${hash('sha1', body, 'base64url')}"`
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1]
  return undefined
}

function withLength(headers: readonly string[], body: Reply['body']): readonly string[] {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return headers
  return [...headers, 'content-length', String(body.length)]
}
