// The HTTP transport: listens, passes requests to the pipeline of its application, and drains without losing one.

import {
  type DrainContext,
  isInheritedListener,
  type ListenAddress,
  type ListenContext,
  type Transport,
} from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { DevelopmentHosts } from '../client/development-hosts.ts'
import { clientInfoReader, type TrustProxy } from '../client/trust-proxy.ts'
import { parseTarget } from '../http/request-target.ts'
import { type Pipeline, RequestPipeline } from '../pipeline/pipeline.ts'
import { CommonHeaders, type SecurityHeaders } from '../response/security-headers.ts'
import { assertAmounts, assertTimes } from '../routing/assert-options.ts'
import { bind } from './bind.ts'
import { frontKeyOf, frontOf } from './front/front-of.ts'
import type { TLSOptions } from './front/tls-options.ts'
import type { Http2Exchange } from './http2/http2-exchange.ts'
import type { NodeSettings } from './incoming-exchange.ts'
import { type ConnectionLimits, limitNames } from './limits.ts'
import { isListener, Listener, type ListenerTarget } from './listener.ts'
import { NodeExchange } from './node-exchange.ts'
import { WebSocketConnections } from './websocket/websocket-connections.ts'

/** The options of an {@link HTTPTransport}. */
export interface HTTPTransportOptions {
  /** The TCP port; 0 selects any free one. Default: 8000. */
  readonly port?: number
  /**
   * The address to listen on. Default: all addresses of the machine; in development `127.0.0.1`, which accepts local
   * clients only.
   */
  readonly host?: string
  /** A Unix socket (or named pipe) instead of a port. A file that a dead process left behind is replaced. */
  readonly path?: string
  /** Uses the socket that systemd hands over (`LISTEN_FDS`), if it does. Default: true. */
  readonly systemd?: boolean
  /**
   * HTTPS with this key and certificate. The files are watched: a renewed certificate serves the next connection.
   * Default: none.
   */
  readonly tls?: TLSOptions
  /**
   * HTTP/2 beside HTTP/1.1. With `tls` the client chooses by ALPN; without it, a client that knows in advance may begin
   * with HTTP/2, such as a proxy. Default: true with `tls`, else false.
   */
  readonly http2?: boolean
  /** The limits on clients. */
  readonly limits?: ConnectionLimits
  /** The proxies to trust for `x-forwarded-*` headers. Default: none. */
  readonly trustProxy?: TrustProxy
  /** Headers of every answer. Default: no content sniffing, no framing, no referrer. */
  readonly securityHeaders?: SecurityHeaders
  /** The name in events and reports, and the one by which a reload finds the next transport. Default: `http`. */
  readonly name?: string
}

const transportNames: OptionNames<HTTPTransportOptions> = {
  port: true,
  host: true,
  path: true,
  systemd: 'boolean',
  tls: true,
  http2: 'boolean',
  limits: true,
  trustProxy: true,
  securityHeaders: true,
  name: true,
}

/**
 * HTTPTransport serves HTTP/1.1, HTTP/2 and WebSocket on a TCP port, a Unix socket, or an inherited socket. `WebModule` creates
 * one by itself; `app.run({ transport })` uses another.
 *
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { HTTPTransport, WebModule } from '@myfy/web'
 *
 * const app = new Application().addModule(new WebModule())
 * await app.run({ transport: new HTTPTransport({ port: 8080, host: '127.0.0.1' }) })
 * ```
 */
export class HTTPTransport implements Transport {
  /** The name in events and reports. */
  readonly name: string
  readonly #options: HTTPTransportOptions
  readonly #settings: NodeSettings
  /** The receiver of the listener's requests. It is not the transport itself, which users see. */
  readonly #target: ListenerTarget = this.#createTarget()
  #webSockets: WebSocketConnections | undefined
  /** The class of exchanges over HTTP/2, loaded only by a transport that speaks it. */
  #Http2Exchange: typeof Http2Exchange | undefined
  #listener: Listener | undefined
  #pipeline: Pipeline | undefined
  /** The number of requests that wait for their answer. */
  #open = 0
  #idle: Array<() => void> = []

  constructor(options: HTTPTransportOptions = {}) {
    assertKnownOptions('HTTPTransport', options, transportNames)
    this.name = options.name ?? 'http'
    this.#options = options
    this.#settings = {
      headers: new CommonHeaders(options.securityHeaders),
      origin: clientInfoReader(options.trustProxy ?? false),
    }
  }

  /** The URL while it listens, `http://localhost:8000`, or the path of a Unix socket. */
  get url(): string | undefined {
    const address = this.#listener?.server.address()
    if (!address) return undefined
    if (typeof address === 'string') return address
    const everywhere = address.address === '::' || address.address === '0.0.0.0'
    const local = this.#listener!.development && this.#options.host === undefined
    const host =
      everywhere || (local && address.address === '127.0.0.1')
        ? 'localhost'
        : address.family === 'IPv6'
          ? `[${address.address}]`
          : address.address
    return `${this.#listener!.secure ? 'https' : 'http'}://${host}:${address.port}`
  }

  /** Returns a transport with the same options on a free port of this machine, for a test. @internal */
  onFreePort(): HTTPTransport {
    const { path: _, ...options } = this.#options
    return new HTTPTransport({ ...options, port: 0, host: '127.0.0.1', systemd: false })
  }

  /** The address that the options name. */
  get address(): ListenAddress {
    const { path, host, port = 8000 } = this.#options
    return path === undefined ? { port, host } : { path }
  }

  /** The TCP port while it listens; undefined on a Unix socket. */
  get port(): number | undefined {
    const address = this.#listener?.server.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  /**
   * Starts to accept requests, or continues with the socket of a predecessor.
   *
   * @throws ListenError if it cannot listen on the address
   */
  async listen({ app, inherited, supervisor, logger, signal }: ListenContext): Promise<void> {
    this.#pipeline = app.container.get(RequestPipeline)
    if (this.#options.http2 ?? this.#options.tls)
      this.#Http2Exchange = (await import('./http2/http2-exchange.ts')).Http2Exchange
    const { limits = {}, systemd = true } = this.#options
    assertLimits(limits)
    const predecessor = isListener(inherited) ? inherited : undefined
    const continues = predecessor !== undefined && this.#serves(predecessor)
    const listener = continues ? predecessor : new Listener(this.#target, limits)
    this.#webSockets = new WebSocketConnections(this.#pipeline, listener.limits)
    if (continues) {
      await this.#pipeline.onListening?.(listener)
      // A newer version may have replaced this one meanwhile: the listener is not ours any more.
      signal.throwIfAborted()
      listener.target = this.#target
    } else {
      // The settings have changed: another socket is opened. The old one ends with its application, which still serves if
      // this one does not start.
      const front = frontOf(this.#options, logger)
      if (front) await listener.useFront(front, frontKeyOf(this.#options)!)
      const source = predecessor ? supervisor : inherited
      await this.#pipeline.beforeListening?.(isInheritedListener(source) && source.development === true)
      await bind(listener, this.address, { inherited: source, systemd })
      listener.requestedAddress = this.address
    }
    this.#listener = listener
    if (listener.development) this.#pipeline.hosts = new DevelopmentHosts(process.env.MYFY_ALLOWED_HOSTS)
    if (!continues) await this.#pipeline.onListening?.(listener)
  }

  /** Stops accepting. Resolves when every accepted request is answered and every connection is closed. */
  async drain(context: DrainContext): Promise<void> {
    const { signal } = context
    const listener = this.#listener
    if (!listener) return
    // The socket closes first: the client of a stream that ends reconnects, and must find another process.
    const continued = this.#isContinued
    if (!continued) await listener.stopAccepting(context.remaining())
    this.#pipeline?.end()
    // A client that does not close its connection is not work, and must not take the time of the work.
    const patience = context.remaining() / 2
    this.#webSockets?.end(patience)
    await (continued
      ? this.#whenIdle(signal)
      : listener.finish(signal, patience, context.interrupted || listener.development))
    await this.#webSockets?.whenClosed(signal)
  }

  /** Cuts the remaining requests. After a handoff only those of this application; the connections stay open. */
  close(): void {
    const reason = new DOMException('the application stops', 'AbortError')
    for (const { exchanges } of this.#listener?.connections ?? [])
      for (const exchange of [...exchanges])
        if (exchange instanceof NodeExchange && exchange.belongsTo(this.#settings)) exchange.cut(reason)
    for (const { exchanges } of this.#listener?.http2Connections ?? [])
      for (const exchange of [...exchanges]) if (exchange.belongsTo(this.#settings)) exchange.cut(reason)
    this.#webSockets?.cut(reason)
    if (!this.#isContinued) this.#listener?.close()
  }

  /** Returns the listening socket with its connections, for the transport of the next application in this process. */
  handOff(): unknown {
    return this.#listener
  }

  /** Answers again: the next application could not start. */
  reclaim(): void {
    if (this.#listener) this.#listener.target = this.#target
  }

  /** Lets new requests wait until the function it returns is called. The application that listens then answers them. */
  pause(): () => void {
    return this.#listener?.pause() ?? (() => {})
  }

  /** True if the next application answers on the socket. One that listens at another address leaves it to this one. */
  get #isContinued(): boolean {
    return this.#listener !== undefined && this.#listener.target !== this.#target
  }

  #createTarget(): ListenerTarget {
    const onEnded = () => this.#exchangeEnded()
    return {
      acceptsUpgrade: ({ method, url }) => this.#pipeline!.acceptsWebSocket(method!, parseTarget(url!).path),
      accept: (incoming, response, connection, expectsContinue) => {
        const exchange = new NodeExchange(incoming, response, connection, this.#settings, onEnded)
        exchange.expectsContinue = expectsContinue
        this.#open++
        connection.exchangeStarted(exchange)
        this.#pipeline!.handle(exchange)
      },
      upgrade: (incoming, response, connection, head) =>
        this.#webSockets!.accept(incoming, response, connection, head, this.#settings),
      descriptorsExhausted: (connections) =>
        this.#pipeline!.logger.error(
          { connections },
          `${this.name}: no file descriptor is free with ${connections} connections open, and the system closes further ones: raise the limit of open files, or set limits.maxConnections`,
        ),
      refused: (request) => this.#pipeline?.refused(request),
      acceptStream: (request, connection) => {
        const exchange = new this.#Http2Exchange!(request, connection, this.#settings, onEnded)
        this.#open++
        connection.exchangeStarted(exchange)
        this.#pipeline!.handle(exchange)
      },
    }
  }

  #exchangeEnded(): void {
    if (--this.#open > 0 || this.#idle.length === 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #whenIdle(signal: AbortSignal): Promise<void> {
    if (this.#open === 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Reports whether the socket of a predecessor has the address of this transport. */
  #serves(listener: Listener): boolean {
    const actual = listener.server.address()
    const { path, host, port = 8000 } = this.#options
    const { requestedAddress: requested } = listener
    if (listener.frontKey !== frontKeyOf(this.#options)) return false
    // A supervisor may have opened another address than the requested one, so the requests are compared.
    if (requested && 'port' in requested)
      return path === undefined && requested.port === port && (requested.host || '') === (host || '')
    if (typeof actual === 'string') return path === actual
    return path === undefined && actual !== null && (port === 0 || port === actual.port)
  }
}

function assertLimits(limits: ConnectionLimits): void {
  assertKnownOptions('limits', limits, limitNames)
  const { maxHeaderSize, maxConnections, maxConcurrentStreams, ...others } = limits
  const { maxMessageSize, maxBuffered, minBodyRate, ...times } = others
  assertTimes('limits', times)
  assertAmounts('limits', 'bytes', { maxHeaderSize, maxMessageSize, maxBuffered, minBodyRate })
  assertAmounts('limits', 'connections', { maxConnections })
  assertAmounts('limits', 'streams', { maxConcurrentStreams })
}
