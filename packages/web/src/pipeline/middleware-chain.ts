// The middleware of a request, each around the next.

import { MiddlewareError } from '../errors.ts'
import type { Exchange } from '../request/exchange.ts'
import { bufferResponse } from '../response/buffer-response.ts'
import { isStreamed, type Reply } from '../response/reply.ts'
import { isView, type ReplyView, viewedBy, viewOf } from '../response/reply-view.ts'
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

/** Runs middleware around an answer. Returns a promise only if something must be waited for. Never throws or rejects. */
export function runMiddleware(
  middleware: readonly Middleware[],
  exchange: Exchange,
  context: MiddlewareContext,
  target: ChainTarget,
): Reply | Promise<Reply> {
  /** The streams that middleware has seen. */
  let streams: ReplyView[] | undefined
  const see = (answer: Answer): ReplyView => {
    if (isView(answer)) return answer
    const view = viewOf(answer)
    if (isStreamed(answer.body)) {
      streams ??= []
      streams.push(view)
    }
    return view
  }
  const run = (at: number): Answer | Promise<Answer> => {
    const layer = middleware[at]
    if (layer === undefined) return target.answer()
    try {
      if (isCors(layer) && layer[PASSES](exchange)) return run(at + 1)
    } catch (error) {
      return target.fail(error)
    }
    return runLayer(layer, at)
  }
  const runLayer = async (layer: Middleware, at: number): Promise<Answer> => {
    let inner: Promise<ReplyView> | undefined
    let isAnswered = false
    const next = () => {
      if (inner)
        throw new MiddlewareError(
          `Cannot call next() again: ${nameOf(layer, at)} has called it before. Call it once.`,
        )
      const answered = (answer: Answer) => {
        isAnswered = true
        return see(answer)
      }
      const answer = run(at + 1)
      inner = answer instanceof Promise ? answer.then(answered) : Promise.resolve(answered(answer))
      return inner
    }
    try {
      let value = await layer(context, next)
      if (value === undefined) {
        if (inner === undefined) throw noAnswer(exchange, layer, at)
        value = await inner
      } else if (inner !== undefined && !isAnswered) exchange.waitUntil(inner)
      if (!(value instanceof Response)) return await produceReply(value, undefined)
      if (!isView(value)) return await bufferResponse(value)
      viewedBy(value).assertUnread()
      return value
    } catch (error) {
      return target.fail(error)
    }
  }
  const sent = (answer: Answer): Reply | Promise<Reply> => {
    if (streams !== undefined)
      exchange.onEnd(() => {
        for (const view of streams!) if (view !== answer) viewedBy(view).discard()
      })
    try {
      return isView(answer) ? viewedBy(answer).current : answer
    } catch (error) {
      return target.fail(error)
    }
  }
  const answer = run(0)
  return answer instanceof Promise ? answer.then(sent) : sent(answer)
}

/** An answer between two middleware functions: a reply, or the view of one that middleware has passed on. */
type Answer = Reply | ReplyView

const nameOf = (middleware: Middleware, at: number) =>
  middleware.name ? `the middleware '${middleware.name}'` : `middleware number ${at + 1}`

const noAnswer = (exchange: Exchange, layer: Middleware, at: number) =>
  new MiddlewareError(
    `Cannot answer ${exchange.label}: ${nameOf(layer, at)} returned nothing and did not call next(). Return next(), or an answer.`,
  )
