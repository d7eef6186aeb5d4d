// The listening socket and the connections it accepted. It outlives an application: a reload swaps the target.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { ListenAddress } from '@myfy/core'
import { closeListener } from '@myfy/core/runtime'
import { errors, HTTPException } from '../http/http-exception.ts'
import type { RefusedFields } from '../observation/access-log.ts'
import { Connection } from './connection.ts'
import { ConnectionSet, FIRST_REQUEST_MS } from './connection-set.ts'
import { type Front, type FrontFactory, SilentConnections } from './front/front.ts'
import type { Http2Connection } from './http2/http2-connection.ts'
import type { StreamRequest } from './http2/http2-exchange.ts'
import type { Http2Sessions } from './http2/http2-sessions.ts'
import { type ConnectionLimits, hasFreeDescriptor, type ResolvedLimits, resolveLimits } from './limits.ts'
import { AppResponse, detachedResponse, requestClass } from './node-response.ts'
import { Refusal } from './refusal.ts'

/** ListenerTarget answers the requests of a listener. */
export interface ListenerTarget {
  /** Reports whether a WebSocket handshake is accepted. Otherwise it is an ordinary request. */
  acceptsUpgrade(incoming: IncomingMessage): boolean
  accept(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    expectsContinue: boolean,
  ): void
  /** Answers a handshake; the socket has left node:http. */
  upgrade(incoming: IncomingMessage, response: AppResponse, connection: Connection, head: Buffer): void
  /** The system closes new connections, because the process can open no further file. */
  descriptorsExhausted?(connections: number): void
  /** A request was refused that is not valid HTTP. */
  refused?(request: RefusedFields): void
  /** Answers a request over HTTP/2. Without it, such requests are refused. */
  acceptStream?(request: StreamRequest, connection: Http2Connection): void
}

/** Reports whether a value is a listener, of whichever copy of this package. */
export const isListener = (value: unknown): value is Listener =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'myfy.web.listener'

/** Listener is the listening socket with its connections. */
export class Listener {
  /** Distinguishes it from other inherited values, also those of another copy of this package. */
  readonly kind = 'myfy.web.listener'
  readonly #http: Server<typeof IncomingMessage, typeof AppResponse>
  #front: Front | undefined
  #silent: SilentConnections | undefined
  #sessions: Http2Sessions | undefined
  draining = false
  /** The address that was requested: a supervisor may have given another. */
  requestedAddress: ListenAddress | undefined
  /** True if this process has opened the socket. It is false for one that a supervisor or systemd holds as well. */
  ownsSocket = false
  /** The options of its front as text: a reload continues with a listener of the same options. */
  frontKey: string | undefined
  /** Closes idle connections at once in a drain. Set in development, where no client depends on them. */
  development = false
  /** Values that outlive an application: a reload passes the listener on. */
  readonly memory = new Map<string, unknown>()
  /** The target answers. Another target answers from the next request on, on every connection. */
  target: ListenerTarget
  readonly limits: ResolvedLimits
  readonly #connections: ConnectionSet
  readonly #refusal = new Refusal((refused) => this.target.refused?.(refused))
  /** Requests that wait while the listener is paused. */
  #paused: Array<() => void> | undefined
  #accepted = 0
  #closed: Promise<void> | undefined
  #keepAliveHeaders = ''
  #keepAliveHeadersSince = 0
  #exhaustionReportedAt = Number.NEGATIVE_INFINITY

  constructor(target: ListenerTarget, limits: ConnectionLimits) {
    this.target = target
    this.limits = resolveLimits(limits)
    this.#connections = new ConnectionSet(this.limits)
    const { headersTimeout, keepAliveTimeout, maxHeaderSize, maxConnections, checkInterval } = this.limits
    this.#http = createServer({
      IncomingMessage: requestClass((incoming) => this.#acceptsUpgrade(incoming)),
      ServerResponse: AppResponse,
      maxHeaderSize,
      // Such a request is answered with a problem document instead of an empty one.
      requireHostHeader: false,
      headersTimeout,
      // Bodies are limited by their rate, not by their total time: see #check.
      requestTimeout: 0,
      keepAliveTimeout,
      // node checks every 30 s by default, which would make a limit of 10 s one of 40.
      connectionsCheckingInterval: checkInterval,
    })
    if (maxConnections !== undefined) this.#http.maxConnections = maxConnections
    const check = setInterval(() => this.#check(), checkInterval).unref()
    this.#http
      .on('connection', (socket) => this.#connected(socket))
      .on('request', (incoming, response) => this.#requested(incoming, response, false))
      .on('checkContinue', (incoming, response) => this.#requested(incoming, response, true))
      .on('checkExpectation', (incoming) =>
        this.#end(
          incoming,
          new HTTPException(417, { detail: 'the only supported expectation is 100-continue' }),
        ),
      )
      .on('connect', (incoming) => this.#end(incoming, errors.notImplemented('this server is not a proxy')))
      .on('upgrade', (incoming, _socket, head) => this.#upgraded(incoming, head))
      .on('clientError', (error, socket) => this.#refuse(error, socket as Socket))
      .on('close', () => clearInterval(check))
  }

  /** Puts a front before the listener, which then accepts the connections. Called before `listen`. */
  async useFront(create: FrontFactory, key: string): Promise<void> {
    this.frontKey = key
    const owner = {
      http1: (socket: Socket) => void this.#http.emit('connection', socket),
      http2: (socket: Socket) => this.#sessions!.accept(socket),
    }
    const front = await Promise.resolve(create(owner, this.limits)).catch((error: unknown) => {
      this.close()
      throw error
    })
    if (front.http2) {
      const { Http2Sessions } = await import('./http2/http2-sessions.ts')
      this.#sessions = new Http2Sessions(this.limits, (request, connection) =>
        this.#whenRunning(request.stream, () => this.target.acceptStream!(request, connection)),
      )
    }
    this.#front = front
    this.#silent = new SilentConnections(front.server)
    const { maxConnections } = this.limits
    if (maxConnections !== undefined) front.server.maxConnections = maxConnections
    front.server.on('connection', () => this.#accepted++)
    front.server.on('close', () => {
      front.close()
      this.#http.close()
    })
    // node:http begins to check its time limits when it listens, which it never does behind a front.
    front.server.on('listening', () => this.#http.emit('listening'))
  }

  /** The server that accepts connections. */
  get server(): NetServer {
    return this.#front?.server ?? this.#http
  }

  /** True if its connections are encrypted. */
  get secure(): boolean {
    return this.#front?.secure === true
  }

  /** The open connections of HTTP/2. */
  get http2Connections(): Iterable<Http2Connection> {
    return this.#sessions?.connections ?? []
  }

  /** The end of the head of an answer, renewed every second for the sake of its date. */
  get keepAliveHeaders(): string {
    const now = Date.now()
    if (now - this.#keepAliveHeadersSince >= 1_000 || now < this.#keepAliveHeadersSince) {
      const seconds = Math.floor(this.limits.keepAliveTimeout / 1_000)
      const promise = this.limits.keepAliveTimeout > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''
      this.#keepAliveHeaders = `Date: ${new Date(now).toUTCString()}\r\nConnection: keep-alive\r\n${promise}\r\n`
      this.#keepAliveHeadersSince = now - (now % 1_000)
    }
    return this.#keepAliveHeaders
  }

  /** The open connections. */
  get connections(): Iterable<Connection> {
    return this.#connections
  }

  /** Lets new requests wait until the function it returns is called. */
  pause(): () => void {
    this.#paused ??= []
    const paused = this.#paused
    return () => {
      if (this.#paused !== paused) return
      this.#paused = undefined
      for (const accept of paused) accept()
    }
  }

  /** Rejects with node's error if it cannot listen on the address. */
  listen(address: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(address as never, () => {
        this.server.off('error', reject)
        resolve()
      })
    })
  }

  /**
   * Stops accepting. The connections that the kernel has accepted by now are taken first: closing the socket would reset
   * them. Node.js takes one connection in each turn of the event loop. A turn that serves hundreds of others takes tens of
   * ms, and hundreds may wait: so nothing is read from the others until the last one is taken.
   *
   * @param remaining - how long the whole drain may still take, in ms
   */
  async stopAccepting(remaining = MAX_INTAKE_MS): Promise<void> {
    const maxIntake = Math.min(MAX_INTAKE_MS, Math.max(MIN_INTAKE_MS, remaining / 2))
    const close = () => {
      // Not http.Server.close(): it destroys idle connections, and with them the requests that are on their way.
      this.#closed = new Promise<void>((resolve) =>
        NetServer.prototype.close.call(this.server, () => resolve()),
      )
    }
    const release = this.#connections.hold()
    await closeListener(this.server, () => this.#accepted, { maxIntake, close, shared: !this.ownsSocket })
    this.draining = true
    release()
    // What has arrived meanwhile is read in the second turn: a connection with a request must not count as idle.
    for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  }

  /** Answers what was accepted, and closes each connection when its client knows. Resolves when all are closed. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.stopAccepting()
    await this.finish(signal)
  }

  /**
   * Completes a drain after `stopAccepting`.
   *
   * @param patience - the longest time that it waits for a client with no open request, in ms
   * @param atOnce - closes idle connections without waiting for their clients
   */
  async finish(
    signal: AbortSignal,
    patience = Number.POSITIVE_INFINITY,
    atOnce = this.development,
  ): Promise<void> {
    const since = performance.now()
    const sweep = () => this.#closeIdle(since, patience, atOnce)
    sweep()
    const timer = setInterval(sweep, 25)
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#closed, aborted])
    clearInterval(timer)
  }

  /** Cuts every connection. */
  close(): void {
    this.draining = true
    this.server.close()
    this.#silent?.cut()
    this.#sessions?.close()
    this.#connections.cut()
  }

  #closeIdle(since: number, patience: number, atOnce: boolean): void {
    const now = performance.now()
    const idleTimeoutOnDrain = Math.min(this.limits.idleTimeoutOnDrain, patience)
    this.#sessions?.drain(patience)
    if (atOnce || now >= since + idleTimeoutOnDrain)
      this.#silent?.closeSince(now - (atOnce ? FIRST_REQUEST_MS : idleTimeoutOnDrain))
    this.#connections.closeIdle(since, patience, atOnce)
  }

  /** Ends the connections whose clients neither send nor read. */
  #check(): void {
    const now = performance.now()
    this.#sessions?.check()
    this.#connections.check(now, (socket) =>
      this.#refuse(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket),
    )
    this.#checkDescriptors(now)
  }

  /** Reports a lack of descriptors. Node.js does not: libuv closes the connection before anything sees it. */
  #checkDescriptors(now: number): void {
    if (this.#connections.size < FEW_CONNECTIONS || now - this.#exhaustionReportedAt < REPORT_INTERVAL_MS)
      return
    if (hasFreeDescriptor()) return
    this.#exhaustionReportedAt = now
    this.target.descriptorsExhausted?.(this.#connections.size)
  }

  #connected(socket: Socket): void {
    if (this.#front === undefined) this.#accepted++
    const connection = new Connection(socket, this)
    ;(socket as Socket & { [CONNECTION]?: Connection })[CONNECTION] = connection
    this.#connections.add(connection)
  }

  #requested(incoming: IncomingMessage, response: AppResponse, expectsContinue: boolean): void {
    const connection = connectionOf(incoming.socket)
    // Sent after the answer that closes: it will never be answered, so it must not be carried out.
    if (connection.closing) return
    // node's parser accepts HTTP/0.9, which knows neither status nor headers.
    if (incoming.httpVersionMajor !== 1) return this.#end(incoming, new HTTPException(505))
    // An old proxy may have passed on what it did not understand (RFC 9112 section 6.1).
    if (incoming.httpVersionMinor === 0 && incoming.headers['transfer-encoding'] !== undefined)
      response.shouldKeepAlive = false
    // The usual request costs no closure.
    if (this.#paused === undefined && !connection.busy)
      return this.target.accept(incoming, response, connection, expectsContinue)
    this.#whenRunning(incoming.socket, () =>
      connection.accept(() => this.target.accept(incoming, response, connection, expectsContinue)),
    )
  }

  /** Accepts no handshake behind a request that is still answered, or was dropped: its response has the socket. */
  #acceptsUpgrade(incoming: IncomingMessage): boolean {
    const socket = incoming.socket as Socket & { readonly _httpMessage?: object | null }
    return (
      incoming.headers.upgrade?.toLowerCase() === 'websocket' &&
      !socket._httpMessage &&
      connectionOf(socket).newestExchange === undefined &&
      this.target.acceptsUpgrade(incoming)
    )
  }

  #upgraded(incoming: IncomingMessage, head: Buffer): void {
    const { socket } = incoming
    const connection = connectionOf(socket)
    const response = detachedResponse(incoming, socket)
    this.#whenRunning(socket, () => this.target.upgrade(incoming, response, connection, head))
  }

  #whenRunning(socket: { readonly destroyed: boolean }, accept: () => void): void {
    if (this.#paused === undefined) return accept()
    this.#paused.push(() => {
      if (!socket.destroyed) accept()
    })
  }

  /** Refuses a request that has no response object. */
  #end({ socket, method }: IncomingMessage, exception: HTTPException): void {
    this.#refusal.afterOthers(connectionOf(socket), exception, method)
  }

  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    this.#refusal.ofError(error, socket, connectionOf(socket))
  }
}

/** The bounds of the time in which a drain takes the connections that keep arriving, in ms. */
const MIN_INTAKE_MS = 500
const MAX_INTAKE_MS = 5_000

/** The number of connections below which descriptors are not checked. */
const FEW_CONNECTIONS = 64
/** The shortest time between two reports of the same lack, in ms. */
const REPORT_INTERVAL_MS = 60_000

const CONNECTION = Symbol('myfy.web.connection')

const connectionOf = (socket: Socket): Connection =>
  (socket as Socket & { [CONNECTION]: Connection })[CONNECTION]
