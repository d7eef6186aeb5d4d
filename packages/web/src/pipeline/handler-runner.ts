// The call of a handler: validate, open the services, call, make the reply, settle.

import { traceChannel, traced } from '@myfy/core'
import { isThenable } from '@myfy/core/runtime'
import { ResponseError } from '../errors.ts'
import type { Exchange } from '../request/exchange.ts'
import { isStreamed, type Reply } from '../response/reply.ts'
import type { RouteMatch } from '../router/route-match.ts'
import { assertHooks } from '../routing/websocket.ts'
import { withCheckedMessages } from '../validation/message-validation.ts'
import type { Argument, Endpoint } from './endpoint.ts'
import type { ErrorResponder } from './error-handler.ts'
import { isAnswer } from './produce-reply.ts'
import type { RouteOptions } from './route-options.ts'

/** HandlerRunner answers a request by the handler of its route. */
export class HandlerRunner {
  readonly #errors: ErrorResponder
  readonly #handlers = traceChannel('handler')

  constructor(errors: ErrorResponder) {
    this.#errors = errors
  }

  /** Returns the answer: a promise only if something must be waited for. Never throws or rejects. */
  run(exchange: Exchange, match: RouteMatch<Endpoint>): Reply | Promise<Reply> {
    let argument: Argument | undefined
    try {
      const endpoint = match.data
      const { route, moduleOptions } = endpoint
      if (route.websocket) exchange.assertUpgrade(route.spec.origins)
      if (moduleOptions !== undefined)
        return this.#orFailure(exchange, undefined, this.#attemptWithin(moduleOptions, exchange, match))
      argument = endpoint.argumentOf(exchange, match.params)
      const given = argument
      const handled = this.#isTraced(endpoint)
        ? this.#traced(exchange, endpoint, () => endpoint.handle(given, exchange))
        : endpoint.handle(given, exchange)
      if (isThenable(handled)) return this.#replyLater(exchange, endpoint, argument, handled)
      const reply = this.#reply(exchange, endpoint, handled)
      return reply instanceof Promise ? this.#orFailure(exchange, argument, reply) : reply
    } catch (error) {
      return this.#errors.answer(exchange, error, argument)
    }
  }

  /** The reply, or the answer to the error that it rejects with. */
  #orFailure(exchange: Exchange, argument: Argument | undefined, reply: Promise<Reply>): Promise<Reply> {
    return reply.catch((error) => this.#errors.answer(exchange, error, argument))
  }

  /** Reports whether somebody listens to the calls of a handler. */
  #isTraced({ route }: Endpoint): boolean {
    return this.#handlers.start.hasSubscribers && !route.unobserved
  }

  #traced(exchange: Exchange, endpoint: Endpoint, call: () => unknown): unknown {
    return traced(this.#handlers, { id: exchange.id, route: endpoint.label }, call)
  }

  /** Admits a request once, and runs the attempts to answer it inside of the options of its route. */
  async #attemptWithin(
    options: RouteOptions,
    exchange: Exchange,
    { data: endpoint, params }: RouteMatch<Endpoint>,
  ): Promise<Reply> {
    const argument = () => endpoint.argumentOf(exchange, params && { ...params })
    const admitted = argument()
    return (await endpoint.admit(admitted, exchange, () =>
      this.#attempts(options, exchange, endpoint, () => argument().identifiedAs(admitted.identity)),
    )) as Reply
  }

  /** Each attempt begins with the request as it was before the first. */
  async #attempts(
    options: RouteOptions,
    exchange: Exchange,
    endpoint: Endpoint,
    argument: () => Argument,
  ): Promise<Reply> {
    let reply: Reply | undefined
    let failure: { readonly error: unknown } | undefined
    exchange.beginAttempts()
    await options.around(exchange, async () => {
      if (failure) await exchange.restart(failure.error)
      failure = { error: undefined }
      try {
        const answer = () => endpoint.answer(argument(), exchange)
        const handled = this.#isTraced(endpoint) ? this.#traced(exchange, endpoint, answer) : answer()
        reply = await this.#reply(exchange, endpoint, await handled)
      } catch (error) {
        failure = { error }
        throw error
      }
    })
    if (reply !== undefined) return reply
    throw new ResponseError(
      `Cannot answer ${endpoint.label}: an option of the route ended without an attempt. Call attempt() in its \`around\` function.`,
    )
  }

  /** The answer of a handler that returned a promise. Never rejects. */
  async #replyLater(
    exchange: Exchange,
    endpoint: Endpoint,
    argument: Argument,
    handled: PromiseLike<unknown>,
  ): Promise<Reply> {
    try {
      const reply = this.#reply(exchange, endpoint, await handled)
      return reply instanceof Promise ? await reply : reply
    } catch (error) {
      return this.#errors.answer(exchange, error, argument)
    }
  }

  /** The reply for the value of a handler. It is made before the services settle: what cannot be sent must not commit. */
  #reply(exchange: Exchange, endpoint: Endpoint, value: unknown): Reply | Promise<Reply> {
    const { websocket, spec } = endpoint.route
    if (websocket && !isAnswer(value)) {
      assertHooks(value)
      const { message } = spec
      const accepted = exchange.upgrade(message ? withCheckedMessages(value ?? {}, message) : value, spec)
      // A transaction must not last as long as the connection: hooks run later work with `app.work`.
      return exchange.opened === undefined ? accepted : this.#settle(exchange, accepted)
    }
    const reply = endpoint.reply(value, exchange)
    if (exchange.opened === undefined) return reply
    return reply instanceof Promise ? this.#settleLater(exchange, reply) : this.#settle(exchange, reply)
  }

  async #settleLater(exchange: Exchange, reply: Promise<Reply>): Promise<Reply> {
    return this.#settle(exchange, await reply)
  }

  /**
   * Commits before the head of the answer is sent: a write that the client knows of is visible to its next request. The
   * services of a client that has left roll back. A stream settles at its end.
   */
  #settle(exchange: Exchange, reply: Reply): Reply | Promise<Reply> {
    const { opened } = exchange
    if (opened === undefined || exchange.closed || isStreamed(reply.body)) return reply
    const failed = (error: unknown): never => {
      exchange.outcome = { ok: false, error }
      throw error
    }
    exchange.outcome ??= { ok: true }
    try {
      const settling = opened.settle(exchange.outcome)
      return settling instanceof Promise ? settling.then(() => reply, failed) : reply
    } catch (error) {
      return failed(error)
    }
  }
}
