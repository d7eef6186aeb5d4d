// A handler of node:http below a prefix: Express, Connect, Fastify, Nest.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { tooLarge } from '../http/body.ts'
import { HTTPException, toHTTPException } from '../http/http-exception.ts'

/** A handler of node:http: an Express or Connect application, `fastify.routing`, or a function. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown

/** An upgrade listener of node:http, such as `handleUpgrade` of a WebSocket server. */
export type NodeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown

/** NodeAnswer is an answer that a handler of node:http writes itself. */
export class NodeAnswer {
  readonly handler: NodeHandler
  /** The target of the request as the handler sees it, without the prefix. */
  readonly target: string
  /** The target of the request with the prefix. */
  readonly originalTarget: string
  /** Receives the handshakes of WebSockets; undefined if the handler answers them like any request. */
  readonly upgrade: NodeUpgrade | undefined

  constructor(handler: NodeHandler, target: string, originalTarget: string, upgrade?: NodeUpgrade) {
    this.handler = handler
    this.upgrade = upgrade
    this.target = target
    this.originalTarget = originalTarget
  }
}

/** The limits of a handler, and what is called when it does not answer itself. */
export interface NodeCall {
  /** The headers that the handler may override, names and values. */
  readonly headers: readonly string[]
  /** The maximum size of the body, in bytes. */
  readonly bodyLimit: number
  /** Answers in the place of the handler: it has failed, or has no answer. */
  refuse(error: unknown): void
}

/** Calls a handler of node:http. Its errors, and `next()`, are passed to `refuse`, at most once. */
export function callNodeHandler(
  { handler, target, originalTarget }: NodeAnswer,
  incoming: IncomingMessage,
  response: ServerResponse,
  { headers, bodyLimit, refuse }: NodeCall,
): void {
  let refused = false
  const fail = (error: unknown) => {
    if (refused) return
    refused = true
    refuse(toHTTPException(error) ?? httpErrorOf(error) ?? error)
  }
  const next = (error?: unknown) =>
    fail(error ?? new HTTPException(404, { detail: 'no route matches this path' }))
  for (let i = 0; i < headers.length; i += 2) response.appendHeader(headers[i]!, headers[i + 1]!)
  Object.assign(incoming, { url: target, originalUrl: originalTarget })
  const announced = Number(incoming.headers['content-length'] ?? 0)
  if (Math.max(announced, incoming.readableLength) > bodyLimit) return fail(tooLarge(bodyLimit))
  limitBody(incoming, bodyLimit, fail)
  try {
    Promise.resolve(handler(incoming, response, next)).catch(fail)
  } catch (error) {
    fail(error)
  }
}

/**
 * Calls back whenever the time for the head of an answer has passed, until the timer is cleared; never for a timeout of 0.
 */
export function timerFor(timeout: number, onExpired: () => void): NodeJS.Timeout | undefined {
  return timeout > 0 ? setInterval(onExpired, timeout) : undefined
}

/** Makes a response ignore its handler, which does not know that it was answered in its place. */
export function detachHandler(response: ServerResponse): void {
  const ignore = () => response
  const yes = () => true
  Object.assign(response, {
    setHeader: ignore,
    appendHeader: ignore,
    removeHeader: ignore,
    writeHead: ignore,
    flushHeaders: ignore,
    write: yes,
    end: ignore,
  })
}

/** Counts the bytes of a body as node's parser adds them. */
function limitBody(incoming: IncomingMessage, limit: number, fail: (error: unknown) => void): void {
  const push = incoming.push.bind(incoming)
  let size = incoming.readableLength
  incoming.push = (chunk: unknown, encoding?: BufferEncoding) => {
    size += (chunk as Buffer | null)?.length ?? 0
    if (size <= limit) return push(chunk, encoding)
    // The handler waits for the end of a body that has none; it is answered for.
    fail(tooLarge(limit))
    return false
  }
}

/** The errors of Express, Koa and Fastify carry a status; those of the client may be shown. */
function httpErrorOf(error: unknown): HTTPException | undefined {
  if (!(error instanceof Error)) return undefined
  const { status, statusCode = status, message } = error as Error & { status?: unknown; statusCode?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return new HTTPException(statusCode, { detail: message, cause: error })
}
