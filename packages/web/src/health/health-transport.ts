// The health endpoints on a separate port.

import type { IncomingMessage } from 'node:http'
import type { App, ListenContext, Transport } from '@myfy/core'
import { parseTarget } from '../http/request-target.ts'
import { bind } from '../node/bind.ts'
import { isListener, Listener, type ListenerTarget } from '../node/listener.ts'
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

  async listen({ app, inherited, supervisor }: ListenContext): Promise<void> {
    this.#app = app
    app.on('state', ({ to }) => {
      if ((to === 'stopped' || to === 'failed') && !this.#isContinued) this.#listener?.close()
    })
    const { port, host } = this.#options
    const predecessor = isListener(inherited) ? inherited : undefined
    const former = predecessor?.requestedAddress
    if (predecessor && former && 'port' in former && former.port === port && former.host === host) {
      this.#listener = predecessor
      predecessor.target = this
      return
    }
    const listener = new Listener(this, { keepAliveTimeout: 1_000 })
    this.#listener = listener
    await bind(listener, { port, host }, { inherited: predecessor ? supervisor : inherited, systemd: false })
    listener.requestedAddress = { port, host }
    // The health port alone does not keep the process alive.
    listener.server.unref()
  }

  /** In development the next process answers on the port as well, which is free as soon as this one serves no longer. */
  async drain(): Promise<void> {
    if (this.#listener?.development && !this.#isContinued) await this.#listener.stopAccepting()
  }

  close(): void {}

  handOff(): unknown {
    return this.#listener
  }

  /** Answers again: the next application could not start. */
  reclaim(): void {
    if (this.#listener) this.#listener.target = this
  }

  /** True if the next application answers on the port. */
  get #isContinued(): boolean {
    return this.#listener !== undefined && this.#listener.target !== this
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
