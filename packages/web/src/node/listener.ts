// The listening socket and the connections it accepted. It outlives an application: a reload swaps the target.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ListenAddress } from '@myfy/core'
import { errors, HTTPException, PROBLEM_TYPE } from '../http/http-exception.ts'
import { Connection } from './connection.ts'
import { AppResponse } from './node-response.ts'

/** What a listener lets through, in ms and bytes. All of them hold for every client. */
export interface ConnectionLimits {
  /** From the first byte of a connection or the end of the last answer to the end of the head. Default: 10,000. */
  readonly headersTimeout?: number
  /** From the first byte to the last of one request, its body included. Default: 60,000. */
  readonly requestTimeout?: number
  /** How long an idle connection is kept. Default: 5,000. Behind a load balancer: longer than its own idle time. */
  readonly keepAliveTimeout?: number
  /** All headers of a request together. Default: 16 KiB. */
  readonly maxHeaderSize?: number
  /** Connections at a time; more are closed at once. Default: no limit. */
  readonly maxConnections?: number
  /** One message of a WebSocket. Default: 1 MiB. */
  readonly maxMessageSize?: number
  /** How long a drain waits at least for an idle connection to send once more, in ms. Default: 1,000. */
  readonly idleTimeoutOnDrain?: number
}

/** Who answers what a listener takes in. */
export interface ListenerTarget {
  /** Whether it takes WebSocket handshakes. */
  readonly upgrades: boolean
  accept(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    expectsContinue: boolean,
  ): void
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** The listening socket and its connections. */
export class Listener {
  /** Tells it from what else may be inherited, also from another copy of this package. */
  readonly kind = 'myfy.web.listener'
  readonly server: Server<typeof IncomingMessage, typeof AppResponse>
  draining = false
  /** The address that was wished for: a supervisor may have given another. */
  requestedAddress: ListenAddress | undefined
  readonly limits: Required<Omit<ConnectionLimits, 'maxConnections' | 'maxMessageSize'>>
  readonly #connections = new Set<Connection>()
  #target: ListenerTarget
  /** Requests that wait, while there is a hold. */
  #held: Array<() => void> | undefined
  #accepted = 0
  #closed: Promise<void> | undefined
  #keepAliveHeaders = ''
  #keepAliveHeadersSince = 0

  constructor(target: ListenerTarget, limits: ConnectionLimits) {
    this.#target = target
    this.limits = {
      headersTimeout: limits.headersTimeout ?? 10_000,
      requestTimeout: limits.requestTimeout ?? 60_000,
      keepAliveTimeout: limits.keepAliveTimeout ?? 5_000,
      maxHeaderSize: limits.maxHeaderSize ?? 16_384,
      idleTimeoutOnDrain: limits.idleTimeoutOnDrain ?? 1_000,
    }
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize } = this.limits
    this.server = createServer({
      ServerResponse: AppResponse,
      maxHeaderSize,
      headersTimeout: Math.min(headersTimeout, requestTimeout),
      requestTimeout,
      keepAliveTimeout,
      // Node looks every 30 s by default, which would make a limit of 10 s one of 40.
      connectionsCheckingInterval: Math.min(
        5_000,
        Math.max(50, Math.min(headersTimeout, requestTimeout) / 4),
      ),
    })
    if (limits.maxConnections !== undefined) this.server.maxConnections = limits.maxConnections
    this.server
      .on('connection', (socket) => this.#connected(socket))
      .on('request', (incoming, response) => this.#requested(incoming, response, false))
      .on('checkContinue', (incoming, response) => this.#requested(incoming, response, true))
      .on(
        'connect',
        (_incoming, socket) => void socket.end(rawProblem(errors.notImplemented('this is no proxy'))),
      )
      .on('clientError', (error, socket) => this.#refuse(error, socket as Socket))
    this.target = target
  }

  /** Who answers. Another target answers from the next request on, on every connection. */
  set target(target: ListenerTarget) {
    this.#target = target
    // Without a listener node ignores `Upgrade`, as HTTP has it: a client that only offers HTTP/2 gets its answer.
    this.server.off('upgrade', this.#upgraded)
    if (target.upgrades) this.server.on('upgrade', this.#upgraded)
  }

  /** The last lines of a head, made anew every second for the sake of its date. */
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

  /** Lets new requests wait until the function it returns is called. */
  pause(): () => void {
    this.#held ??= []
    const held = this.#held
    return () => {
      if (this.#held !== held) return
      this.#held = undefined
      for (const accept of held) accept()
    }
  }

  /** Rejects with node's error when the address cannot be had. */
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
   * Stops accepting. What the kernel has accepted by now is taken in first: closing the socket would reset it. Node
   * takes in one connection a turn of the event loop, so it is given turns for as long as each brings another. On a
   * busy machine a turn that serves hundreds of others takes tens of ms, and a hundred may wait.
   *
   * @param remaining - how long the whole drain may still take, in ms
   */
  async stopAccepting(remaining = MAX_INTAKE_MS): Promise<void> {
    const until = Date.now() + Math.min(MAX_INTAKE_MS, Math.max(MIN_INTAKE_MS, remaining / 2))
    for (let idle = 0, seen = this.#accepted; idle < 3 && Date.now() < until; idle++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      if (this.#accepted !== seen) idle = 0
      seen = this.#accepted
    }
    this.#closed = new Promise<void>((resolve) => {
      // Not http.Server.close(): it destroys idle connections, and with them the requests that are on their way.
      NetServer.prototype.close.call(this.server, () => resolve())
    })
    this.draining = true
  }

  /** Serves what was accepted, closes each connection when its client knows. Resolves when all are closed. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.stopAccepting()
    await this.finish(signal)
  }

  /** The rest of a drain, once it has stopped accepting. */
  async finish(signal: AbortSignal): Promise<void> {
    const since = Date.now()
    const sweep = setInterval(() => this.#sweep(since), 25)
    const given = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#closed, given])
    clearInterval(sweep)
  }

  /** Cuts everything, at once. */
  close(): void {
    this.draining = true
    this.server.close()
    for (const { socket } of this.#connections) socket.destroy()
  }

  #sweep(since: number): void {
    const now = Date.now()
    for (const connection of this.#connections) {
      if (connection.openExchanges > 0 || connection.upgraded || connection.closing) continue
      if (now >= connection.deadline(since, this.limits.idleTimeoutOnDrain, this.limits.keepAliveTimeout))
        connection.socket.destroySoon()
    }
  }

  #connected(socket: Socket): void {
    this.#accepted++
    const connection = new Connection(socket, this)
    ;(socket as Socket & { [CONNECTION]?: Connection })[CONNECTION] = connection
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
  }

  #requested(incoming: IncomingMessage, response: AppResponse, expectsContinue: boolean): void {
    const connection = connectionOf(incoming.socket)
    // Sent after the answer that closes: it will never be answered, so it must not be carried out.
    if (connection.closing) return
    // node's parser lets HTTP/0.9 pass, which knows neither status nor headers.
    if (incoming.httpVersionMajor !== 1) return void incoming.socket.end(rawProblem(new HTTPException(505)))
    if (this.#held) {
      this.#held.push(() => {
        if (!incoming.socket.destroyed) this.#target.accept(incoming, response, connection, expectsContinue)
      })
      return
    }
    this.#target.accept(incoming, response, connection, expectsContinue)
  }

  readonly #upgraded = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const connection = connectionOf(incoming.socket)
    if (incoming.headers.upgrade?.toLowerCase() === 'websocket') {
      connection.upgraded = true
      this.#target.upgrade(incoming, socket, head)
      return
    }
    // Another protocol than ours is an offer that may be declined: the request is answered as it is. Node has let go
    // of the socket by now, so a body can't be read any more.
    const response = new AppResponse(incoming)
    response.shouldKeepAlive = false
    response.assignSocket(socket as Socket)
    response.on('finish', () => (socket as Socket).destroySoon())
    this.#requested(incoming, response, false)
  }

  /** What node's parser does not take. The client gets a proper answer where none has begun. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = connectionOf(socket)
    if (error.code === 'ECONNRESET' || !socket.writable || connection === undefined || connection.upgraded) {
      socket.destroy()
      return
    }
    const broken = connection.newestExchange
    if (broken?.complete) {
      // Garbage behind good requests: those are answered, then the connection closes.
      connection.closeLingering()
      broken.closeAfterResponse()
    } else if (connection.openExchanges > 1 || broken?.begun) socket.destroy()
    else socket.end(rawProblem(refusal(error)), () => socket.destroy())
  }
}

/** How long a drain takes in what keeps coming before it closes the door, in ms: half of its time, within these. */
const MIN_INTAKE_MS = 500
const MAX_INTAKE_MS = 5_000

const CONNECTION = Symbol('myfy.web.connection')

const connectionOf = (socket: Socket): Connection =>
  (socket as Socket & { [CONNECTION]: Connection })[CONNECTION]

function refusal({ code }: NodeJS.ErrnoException): HTTPException {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HTTPException(431, { detail: 'the headers are too long' })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return errors.contentTooLarge('the chunk extensions are too long')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HTTPException(408, { detail: 'the request took too long to arrive' })
    default:
      return errors.badRequest('this is no well-formed HTTP request')
  }
}

/** An answer for a connection that has no response object. */
export function rawProblem({ status, problem }: HTTPException): string {
  const body = JSON.stringify(problem)
  return `HTTP/1.1 ${status} ${problem.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
