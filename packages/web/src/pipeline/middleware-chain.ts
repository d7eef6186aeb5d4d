// The middleware of a request, each around the next.

import { MiddlewareError } from '../errors.ts'
import type { Exchange } from '../request/exchange.ts'
import { bufferResponse } from '../response/buffer-response.ts'
import { isStreamed, type Reply, toResponse } from '../response/reply.ts'
import { discardStream, isUnread } from '../response/stream-source.ts'
import { textResponse } from '../response/text-response.ts'
import { isCors, PASSES } from '../routing/cors.ts'
import type { Middleware, MiddlewareContext } from '../routing/middleware.ts'
import { produceReply } from './produce-reply.ts'

/** ChainTarget is what a chain of middleware runs around. */
export interface ChainTarget {
  /** Answers the request inside of all middleware. Never rejects. */
  answer(): Reply | Promise<Reply>
  /** Answers an error. Never rejects. */
  fail(error: unknown): Promise<Reply>
}

/** Runs middleware around an answer. Never rejects. */
export async function runMiddleware(
  middleware: readonly Middleware[],
  exchange: Exchange,
  context: MiddlewareContext,
  target: ChainTarget,
): Promise<Reply> {
  const views = new ResponseViews()
  const run = async (at: number): Promise<Reply> => {
    const layer = middleware[at]
    if (layer === undefined) return target.answer()
    let inner: Promise<Response> | undefined
    const next = () => {
      if (inner)
        throw new MiddlewareError(
          `Cannot call next() again: ${nameOf(layer, at)} has called it before. Call it once.`,
        )
      inner = run(at + 1).then((reply) => views.responseOf(reply))
      return inner
    }
    try {
      if (isCors(layer) && layer[PASSES](exchange)) return await run(at + 1)
      let value = await layer(context, next)
      if (value === undefined) {
        if (inner === undefined) throw noAnswer(exchange, layer, at)
        value = await inner
      } else if (inner !== undefined) exchange.waitUntil(inner)
      return value instanceof Response ? await views.replyOf(value) : await produceReply(value, undefined)
    } catch (error) {
      return target.fail(error)
    }
  }
  const reply = await run(0)
  if (views.streams) exchange.onEnd(() => views.discardUnread(reply))
  return reply
}

const nameOf = (middleware: Middleware, at: number) =>
  middleware.name ? `the middleware '${middleware.name}'` : `middleware number ${at + 1}`

const noAnswer = (exchange: Exchange, layer: Middleware, at: number) =>
  new MiddlewareError(
    `Cannot answer ${exchange.label}: ${nameOf(layer, at)} returned nothing and did not call next(). Return next(), or an answer.`,
  )

/** A text, which nearly every answer is, needs no stream before middleware reads it. */
function viewOf(reply: Reply): Response {
  const { status, headers, body } = reply
  if (typeof body !== 'string' || status === 204 || status === 205 || status === 304) return toResponse(reply)
  const list = new Headers()
  for (let i = 0; i < headers.length; i += 2) list.append(headers[i]!, headers[i + 1]!)
  return textResponse(body, { status, headers: list })
}

/** The Response objects that middleware receives, each with the reply behind it. */
class ResponseViews {
  readonly #replies = new Map<Response, Reply>()
  readonly #responses = new Map<Reply, Response>()
  /** True when one of them is a stream. */
  streams = false

  /** A reply as middleware sees it. Its stream is not opened unless middleware reads it. */
  responseOf(reply: Reply): Response {
    const known = this.#responses.get(reply)
    if (known) return known
    const response = viewOf(reply)
    this.#link(response, reply)
    this.streams ||= isStreamed(reply.body)
    return response
  }

  /** The reply of a Response with the status and headers that it has by now; the body is the original one. */
  async replyOf(response: Response): Promise<Reply> {
    const known = this.#replies.get(response)
    if (known === undefined || (response.bodyUsed && isStreamed(known.body))) return bufferResponse(response)
    const headers: string[] = []
    for (const [name, value] of response.headers) headers.push(name, value)
    const reply = { status: response.status, headers, body: known.body }
    this.#link(response, reply)
    return reply
  }

  /** Ends the streams that were neither sent nor read: middleware has answered in their place. */
  discardUnread(sent: Reply): void {
    for (const [response, { body }] of this.#replies) {
      if (
        isStreamed(body) &&
        body !== sent.body &&
        response.body !== null &&
        isUnread(response.body as never)
      )
        discardStream(body)
    }
  }

  #link(response: Response, reply: Reply): void {
    this.#replies.set(response, reply)
    this.#responses.set(reply, response)
  }
}
