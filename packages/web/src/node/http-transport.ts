// The HTTP transport: listens, hands requests to the pipeline of its application, and drains without losing one.

import { unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import type { DrainContext, ListenAddress, ListenContext, Transport } from '@myfy/core'
import { ListenError } from '../errors.ts'
import { CommonHeaders, type SecurityHeaders } from '../http/security-headers.ts'
import { clientInfoReader, type TrustProxy } from '../http/trust-proxy.ts'
import { type Pipeline, RequestPipeline } from '../pipeline/pipeline.ts'
import { assertAmounts } from '../routing/assert-options.ts'
import type { NodeSettings } from './incoming-exchange.ts'
import { type ConnectionLimits, Listener, type ListenerTarget } from './listener.ts'
import { ExchangeList, NodeExchange } from './node-exchange.ts'
import { WebSocketConnections } from './websocket-exchange.ts'

/** Where an {@link HTTPTransport} listens, and what it lets through. */
export interface HTTPTransportOptions {
  /** The TCP port; 0 takes any free one. Default: 8000. */
  readonly port?: number
  /** The address to listen on. Default: every address of the machine. `127.0.0.1` is for this machine only. */
  readonly host?: string
  /** A Unix socket (or named pipe) instead of a port. A file that a dead process left there is replaced. */
  readonly path?: string
  /** Takes the socket that systemd hands over (`LISTEN_FDS`), if it does. Default: true. */
  readonly systemd?: boolean
  /** Limits on what clients may do. */
  readonly limits?: ConnectionLimits
  /** Whose `x-forwarded-*` headers are believed. Default: nobody's. */
  readonly trustProxy?: TrustProxy
  /** Headers of every answer. Default: no sniffing, no framing, no referrer. */
  readonly securityHeaders?: SecurityHeaders
  /** The name in events and reports, and the one by which a reload finds the successor. Default: `http`. */
  readonly name?: string
}

/**
 * HTTP/1.1 and WebSocket on a TCP port, a Unix socket, or a socket that somebody else opened. `WebModule` makes one
 * by itself; `app.run({ transport })` takes another.
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
  readonly #exchanges = new ExchangeList()
  #upgrades: WebSocketConnections | undefined
  #listener: Listener | undefined
  #pipeline: Pipeline | undefined
  #handedOver = false
  /** What the listener hands over. Apart from the transport, which is what users see. */
  readonly #target: ListenerTarget = this.#receiver()
  #idle: Array<() => void> = []

  constructor(options: HTTPTransportOptions = {}) {
    this.name = options.name ?? 'http'
    this.#options = options
    this.#settings = {
      headers: new CommonHeaders(options.securityHeaders),
      origin: clientInfoReader(options.trustProxy ?? false),
    }
  }

  /** Where it can be reached, once it listens: `http://localhost:8000`, or the path of a Unix socket. */
  get url(): string | undefined {
    const address = this.#listener?.server.address()
    if (!address) return undefined
    if (typeof address === 'string') return address
    const everywhere = address.address === '::' || address.address === '0.0.0.0'
    const host = everywhere
      ? 'localhost'
      : address.family === 'IPv6'
        ? `[${address.address}]`
        : address.address
    return `http://${host}:${address.port}`
  }

  /** Where it is going to listen, as its options say. */
  get address(): ListenAddress {
    const { path, host, port = 8000 } = this.#options
    return path === undefined ? { port, host } : { path }
  }

  /** The TCP port it listens on; undefined on a Unix socket and before `listen`. */
  get port(): number | undefined {
    const address = this.#listener?.server.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  /**
   * Begins to accept, or takes over the socket of a predecessor.
   *
   * @throws ListenError if the address cannot be had
   */
  async listen({ app, inherited, supervisor }: ListenContext): Promise<void> {
    this.#pipeline = app.container.get(RequestPipeline)
    const { maxHeaderSize, maxConnections, maxMessageSize, ...times } = this.#options.limits ?? {}
    assertAmounts('limits', 'ms', times)
    assertAmounts('limits', 'bytes', { maxHeaderSize, maxMessageSize })
    assertAmounts('limits', 'connections', { maxConnections })
    this.#upgrades = new WebSocketConnections(
      this.#pipeline,
      this.#options.limits?.maxMessageSize ?? 1_048_576,
    )
    const predecessor = isListener(inherited) ? inherited : undefined
    if (predecessor && this.#serves(predecessor)) {
      this.#listener = predecessor
      predecessor.target = this.#target
      return
    }
    // The settings have changed: another socket is opened, the old one ends like any other.
    if (predecessor) void predecessor.drain(new AbortController().signal)
    const listener = new Listener(this.#target, this.#options.limits ?? {})
    await this.#bind(listener, predecessor ? supervisor : inherited)
    listener.requestedAddress = this.address
    this.#listener = listener
  }

  /** Stops accepting; resolves when everything that was accepted is answered and every connection is closed. */
  async drain(context: DrainContext): Promise<void> {
    const { signal } = context
    const listener = this.#listener
    if (!listener) return
    // First the socket: a stream that is told to end comes back, and must find the door closed.
    if (!this.#handedOver) await listener.stopAccepting(context.remaining())
    this.#pipeline?.end()
    this.#upgrades?.end()
    await (this.#handedOver ? this.#whenIdle(signal) : listener.finish(signal))
    await this.#upgrades?.whenClosed(signal)
  }

  /** Cuts what is left. After a handover only what this application has taken on; the connections go on. */
  close(): void {
    const reason = new DOMException('the application stops', 'AbortError')
    for (const exchange of this.#exchanges.all()) exchange.cut(reason)
    this.#upgrades?.cut()
    if (!this.#handedOver) this.#listener?.close()
  }

  /** The listening socket with its connections, for the transport of the next application in this process. */
  handOff(): unknown {
    this.#handedOver = true
    return this.#listener
  }

  /** Answers again what arrives: the successor could not start. */
  reclaim(): void {
    this.#handedOver = false
    if (this.#listener) this.#listener.target = this.#target
  }

  /** Lets new requests wait until the function it returns is called; they are answered by whoever answers then. */
  pause(): () => void {
    return this.#listener?.pause() ?? (() => {})
  }

  #receiver(): ListenerTarget {
    const upgrades = () => this.#pipeline?.hasWebSockets ?? false
    const answered = (exchange: NodeExchange) => this.#answered(exchange)
    return {
      get upgrades() {
        return upgrades()
      },
      accept: (incoming, response, connection, expectsContinue) => {
        const exchange = new NodeExchange(incoming, response, connection, this.#settings, answered)
        exchange.expectsContinue = expectsContinue
        this.#exchanges.add(exchange)
        connection.began(exchange)
        this.#pipeline!.handle(exchange)
      },
      upgrade: (incoming, socket, head) => this.#upgrades!.accept(incoming, socket, head, this.#settings),
    }
  }

  #answered(exchange: NodeExchange): void {
    this.#exchanges.delete(exchange)
    if (this.#idle.length === 0 || !this.#exchanges.empty) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #whenIdle(signal: AbortSignal): Promise<void> {
    if (this.#exchanges.empty || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Whether a predecessor's socket is where this transport should listen. */
  #serves(listener: Listener): boolean {
    const address = listener.server.address()
    const { path, host, port = 8000 } = this.#options
    const { requestedAddress: asked } = listener
    // The same wish is granted by the same socket, also where a supervisor has put it elsewhere.
    if (asked && 'port' in asked && path === undefined && asked.port === port && asked.host === host)
      return true
    if (typeof address === 'string') return path === address
    return path === undefined && address !== null && (port === 0 || port === address.port)
  }

  async #bind(listener: Listener, inherited: unknown): Promise<void> {
    const { path, host } = this.#options
    const wanted = this.address
    const activated =
      this.#options.systemd === false ? undefined : takeSystemdSocket(process.env, process.pid)
    try {
      if (isSupervisor(inherited)) await listener.listen(await inherited.acquire(wanted))
      else if (typeof inherited === 'object' && inherited !== null) await listener.listen(inherited)
      else if (activated !== undefined) await listener.listen({ fd: activated })
      else {
        if (path !== undefined) await removeStale(path)
        await listener.listen(wanted)
      }
    } catch (error) {
      listener.close()
      // A supervisor may have chosen another port than the options say.
      const { port = this.#options.port ?? 8000 } = error as { port?: number }
      const where = path ?? `${host ?? 'port'}${host === undefined ? ' ' : ':'}${port}`
      throw new ListenError(where, error as NodeJS.ErrnoException)
    }
  }
}

/** A supervisor that owns the socket, as `@myfy/reload` hands it in; known by its form, not by its class. */
interface Supervisor {
  readonly kind: 'myfy.listener'
  acquire(address: { port: number; host?: string } | { path: string }): Promise<object>
}

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined

const isSupervisor = (value: unknown): value is Supervisor => kindOf(value) === 'myfy.listener'

const isListener = (value: unknown): value is Listener => kindOf(value) === 'myfy.web.listener'

/**
 * The first socket that systemd handed over. The variables are removed: they are meant for this process, not for
 * those it starts.
 */
export function takeSystemdSocket(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { LISTEN_FDS, LISTEN_PID } = environment
  if (LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid || !(Number(LISTEN_FDS) > 0)) return undefined
  delete environment.LISTEN_FDS
  delete environment.LISTEN_PID
  delete environment.LISTEN_FDNAMES
  return 3
}

/** Removes the file of a Unix socket behind which nobody listens any more. */
async function removeStale(path: string): Promise<void> {
  const refused = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
  if (refused) await unlink(path)
}
