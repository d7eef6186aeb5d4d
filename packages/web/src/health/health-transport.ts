// The health endpoints on a separate port.

import type { IncomingMessage } from 'node:http'
import type { App, ListenContext, Transport } from '@myfy/core'
import { ListenError } from '../errors.ts'
import { parseTarget } from '../http/request-target.ts'
import { Listener, type ListenerTarget } from '../node/listener.ts'
import type { AppResponse } from '../node/node-response.ts'
import { type HealthOptions, healthReport } from './health-report.ts'

/**
 * Serves the health endpoints on a separate port. The port stays open during the drain, so that an orchestrator
 * learns that the application is alive and not ready.
 */
export class HealthTransport implements Transport, ListenerTarget {
  readonly name = 'health'
  readonly #options: HealthOptions & { readonly port: number }
  #app: App | undefined
  #listener: Listener | undefined
  #handedOver = false

  constructor(options: HealthOptions & { readonly port: number }) {
    this.#options = options
  }

  /** The URL of the health endpoint while the transport listens. */
  get url(): string | undefined {
    const address = this.#listener?.server.address()
    return typeof address === 'object' && address
      ? `http://localhost:${address.port}${this.#options.path ?? '/health'}`
      : undefined
  }

  async listen({ app, inherited }: ListenContext): Promise<void> {
    this.#app = app
    app.on('state', ({ to }) => {
      if ((to === 'stopped' || to === 'failed') && !this.#handedOver) this.#listener?.close()
    })
    if ((inherited as Listener | undefined)?.kind === 'myfy.web.listener') {
      this.#listener = inherited as Listener
      this.#listener.target = this
      return
    }
    const { port, host } = this.#options
    this.#listener = new Listener(this, { keepAliveTimeout: 1_000 })
    try {
      await this.#listener.listen({ port, host })
    } catch (error) {
      throw new ListenError(
        `${host ?? 'port'}${host === undefined ? ' ' : ':'}${port}`,
        error as NodeJS.ErrnoException,
      )
    }
    // The health port alone does not keep the process alive.
    this.#listener.server.unref()
  }

  drain(): void {}

  close(): void {}

  handOff(): unknown {
    this.#handedOver = true
    return this.#listener
  }

  /** @internal */
  accept(incoming: IncomingMessage, response: AppResponse): void {
    const { path: prefix = '/health', details = true } = this.#options
    const { path } = parseTarget(incoming.url!)
    response.shouldKeepAlive = false
    const report =
      path === prefix || path.startsWith(`${prefix}/`)
        ? healthReport(this.#app!, path.slice(prefix.length), details)
        : undefined
    void Promise.resolve(report).then((result) => {
      const body = result
        ? JSON.stringify(result.body)
        : '{"type":"about:blank","title":"Not Found","status":404}'
      response.writeHead(result ? (result.ok ? 200 : 503) : 404, {
        'content-type': result ? 'application/json' : 'application/problem+json',
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
      })
      response.end(body)
    })
  }

  /** @internal */
  acceptsUpgrade(): boolean {
    return false
  }

  /** @internal */
  upgrade(): void {}
}
