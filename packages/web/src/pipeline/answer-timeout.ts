// The time limit of an answer, from the head of the request on.

import type { HTTPException } from '../http/http-exception.ts'
import { errors } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import { discardReply, type Reply } from '../response/reply.ts'

/** The time in which middleware must pass on the 503 of a slow handler, in ms. */
const MIDDLEWARE_GRACE_MS = 250

/**
 * AnswerTimeout limits the time until there is an answer. The handler learns of the timeout by its signal. It may still
 * use its services, so the exchange stays in flight, and nothing is disposed, until the handler has ended.
 *
 * The time in which the application waits for the body of the request does not count: the rate of the body is limited
 * by the listener.
 */
export class AnswerTimeout {
  readonly #exchange: Exchange
  readonly #onExpired: (error: HTTPException) => void
  #timer: NodeJS.Timeout
  #answered = false

  constructor(exchange: Exchange, onExpired: (error: HTTPException) => void) {
    this.#exchange = exchange
    this.#onExpired = onExpired
    this.#timer = setTimeout(() => this.#expire(), exchange.timeout)
  }

  /** Ends the timeout: there is an answer. Returns false if another one was sent before. */
  answered(): boolean {
    if (this.#answered) return false
    this.#answered = true
    clearTimeout(this.#timer)
    return true
  }

  #expire(): void {
    const exchange = this.#exchange
    if (exchange.bodyPending) {
      this.#timer.refresh()
      return
    }
    const error = errors.serviceUnavailable('the request took too long')
    exchange.timedOut = true
    exchange.fail(error)
    exchange.abort(new DOMException(`the answer took longer than ${exchange.timeout} ms`, 'TimeoutError'))
    const answer = () => {
      if (this.answered()) this.#onExpired(error)
    }
    const { interrupt } = exchange
    if (interrupt === undefined) return answer()
    // The handler is interrupted, so that middleware sees its 503 and can put its headers on it.
    interrupt(error)
    this.#timer = setTimeout(answer, MIDDLEWARE_GRACE_MS)
  }
}

/** The answer of a handler, or a rejection with the error of the timeout, if that comes first. */
export function interruptible(exchange: Exchange, answer: Promise<Reply>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    exchange.interrupt = (error) => {
      exchange.interrupt = undefined
      exchange.waitUntil(answer.then(discardReply))
      reject(error)
    }
    answer.then((reply) => {
      exchange.interrupt = undefined
      resolve(reply)
    }, reject)
  })
}
