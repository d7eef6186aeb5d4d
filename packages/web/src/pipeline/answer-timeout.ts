// The time limit of each answer, from the head of the request on.

import type { HTTPException } from '../http/http-exception.ts'
import { errors } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import { discardReply, type Reply } from '../response/reply.ts'

/** The time in which middleware must pass on the 503 of a slow handler, in ms. */
const MIDDLEWARE_GRACE_MS = 250

/** The answers that an application waits for. Those of one time limit share a timer. */
export class AnswerTimeouts {
  readonly #queues = new Map<number, TimeoutQueue>()

  /** Begins the time limit of an exchange. */
  start(exchange: Exchange, onExpired: (error: HTTPException) => void): AnswerTimeout {
    let queue = this.#queues.get(exchange.timeout)
    if (queue === undefined) {
      queue = new TimeoutQueue(exchange.timeout)
      this.#queues.set(exchange.timeout, queue)
    }
    return new AnswerTimeout(exchange, queue, onExpired)
  }
}

/**
 * The timeouts of one length, the earliest first: a linked list, since a Map would allocate and a timer for each of them
 * would cost 5 % of a request.
 */
class TimeoutQueue {
  readonly #ms: number
  #first: AnswerTimeout | undefined
  #last: AnswerTimeout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  /** Adds a timeout and returns the time at which it expires. */
  add(timeout: AnswerTimeout): number {
    timeout.due = performance.now() + this.#ms
    timeout.previous = this.#last
    if (this.#last === undefined) this.#first = timeout
    else this.#last.next = timeout
    this.#last = timeout
    if (this.#timer === undefined) this.#arm(this.#ms)
    else if (this.#first === timeout) this.#timer.ref()
    return timeout.due
  }

  /** Removes a timeout. The timer stays for the next one, but keeps no process alive. */
  delete(timeout: AnswerTimeout): void {
    const { previous, next } = timeout
    if (previous === undefined && this.#first !== timeout) return
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    timeout.previous = undefined
    timeout.next = undefined
    if (this.#first === undefined) this.#timer?.unref()
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms)
  }

  #expire(): void {
    const now = performance.now()
    let timeout = this.#first
    while (timeout !== undefined && timeout.due <= now) {
      this.delete(timeout)
      // May add it again, at the end.
      timeout.expire()
      timeout = this.#first
    }
    this.#timer = undefined
    if (timeout !== undefined) this.#arm(timeout.due - now)
  }
}

/**
 * AnswerTimeout limits the time until there is an answer. The handler learns of the timeout by its signal. It may still
 * use its services, so the exchange stays in flight, and nothing is disposed, until the handler has ended.
 *
 * The time in which the application waits for the body of the request does not count: the rate of the body is limited
 * by the listener.
 */
class AnswerTimeout {
  /** The time at which it expires. */
  due = 0
  /** The neighbors in the queue. */
  previous: AnswerTimeout | undefined = undefined
  next: AnswerTimeout | undefined = undefined
  readonly #exchange: Exchange
  readonly #queue: TimeoutQueue
  readonly #onExpired: (error: HTTPException) => void
  #grace: NodeJS.Timeout | undefined
  #answered = false

  constructor(exchange: Exchange, queue: TimeoutQueue, onExpired: (error: HTTPException) => void) {
    this.#exchange = exchange
    this.#queue = queue
    this.#onExpired = onExpired
    exchange.deadline = queue.add(this)
  }

  /** Ends the timeout: there is an answer. Returns false if another one was sent before. */
  answered(): boolean {
    if (this.#answered) return false
    this.#answered = true
    this.#queue.delete(this)
    if (this.#grace !== undefined) clearTimeout(this.#grace)
    return true
  }

  /** Answers with a 503, unless more of the body is awaited: then the time begins again. */
  expire(): void {
    const exchange = this.#exchange
    if (exchange.bodyPending) {
      exchange.deadline = this.#queue.add(this)
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
    this.#grace = setTimeout(answer, MIDDLEWARE_GRACE_MS)
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
