// One WebSocket connection, from the handshake to its end. The handshake passes through the route like any request.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { isThenable } from '@myfy/core/runtime'
import type { Peer } from 'crossws'
import { errors, HTTPException } from '../../http/http-exception.ts'
import type { HandshakeSpec } from '../../request/exchange.ts'
import { NodeAnswer, type NodeUpgrade } from '../../response/node-handler.ts'
import type { Reply } from '../../response/reply.ts'
import type { WebSocketHooks } from '../../routing/websocket.ts'
import type { Connection } from '../connection.ts'
import type { NodeSettings } from '../incoming-exchange.ts'
import { NodeExchange } from '../node-exchange.ts'
import type { AppResponse } from '../node-response.ts'

/** The connections that an exchange is one of. */
export interface WebSocketOwner {
  /** Completes the handshake; the socket speaks WebSocket from now on. */
  serve(exchange: WebSocketExchange): Promise<void>
  /** The exchange has ended. */
  ended(exchange: WebSocketExchange): void
}

/** The longest time in which a client must answer a close frame, in ms. */
const CLOSE_GRACE_MS = 5_000

/** WebSocketExchange is the exchange of a WebSocket: it begins with the handshake and ends with the connection. */
export class WebSocketExchange extends NodeExchange {
  override readonly kind = 'websocket'
  readonly head: Buffer
  readonly #connections: WebSocketOwner
  #peer: Peer | undefined
  /** The time at which a client that was asked to close is cut, by `performance.now()`; undefined before. */
  #cutAt: number | undefined
  /** The hooks that run. */
  readonly #running = new Set<Promise<void>>()
  /** True if the connection was closed by a close frame; undefined while it is open. */
  #inOrder: boolean | undefined
  /** The bytes that were written before another application received the connection; undefined if none has. */
  #writtenBefore: number | undefined
  /** The hooks of the connection, once the handshake is accepted. */
  hooks: WebSocketHooks | undefined = undefined
  /** The subprotocol that was agreed on (RFC 6455 section 4.2.2). */
  protocol: string | undefined = undefined
  /** The headers of the handshake's answer besides those of the protocol. */
  handshakeHeaders: readonly string[] = []

  constructor(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    head: Buffer,
    settings: NodeSettings,
    connections: WebSocketOwner,
  ) {
    super(incoming, response, connection, settings, (exchange) =>
      connections.ended(exchange as WebSocketExchange),
    )
    this.head = head
    this.#connections = connections
  }

  get socket(): Duplex {
    return this.connection.socket
  }

  override assertUpgrade(origins: readonly string[] | '*' | undefined): void {
    // A page of another origin could act in the name of the user whose cookies are sent along.
    const from = this.header('origin')
    if (from === undefined || this.#allows(from, origins)) return
    throw errors.forbidden('this origin may not connect')
  }

  #allows(from: string, origins: readonly string[] | '*' | undefined): boolean {
    if (origins === '*' || origins?.includes(from)) return true
    return URL.canParse(from) && new URL(from).host === this.url.host
  }

  override upgrade(hooks: unknown, { protocols = [] }: HandshakeSpec): Reply {
    const key = this.header('sec-websocket-key')
    if (key === undefined || !WEBSOCKET_KEY.test(key))
      throw errors.badRequest('the WebSocket handshake has no valid key')
    if (this.header('sec-websocket-version') !== '13')
      throw new HTTPException(426, {
        detail: 'the WebSocket version is not supported; supported: 13',
        headers: { 'sec-websocket-version': '13', upgrade: 'websocket' },
      })
    this.hooks = (hooks ?? {}) as WebSocketHooks
    const offered = (this.header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
    this.protocol = protocols.find((name) => offered.includes(name))
    return { status: 200, headers: [], body: null }
  }

  protected override write(reply: Reply): void {
    if (reply.body instanceof NodeAnswer && reply.body.upgrade !== undefined)
      return this.#handOver(reply.body, reply.body.upgrade)
    if (this.hooks === undefined || reply.status !== 200) {
      this.hooks = undefined
      return super.write(reply)
    }
    this.status = 101
    this.handshakeHeaders = this.identify([...reply.headers])
    this.#detach()
    this.#connections.serve(this).catch((error: unknown) => {
      this.logger.error({ err: error }, `the handshake of ${this.label} failed`)
      this.socket.destroy()
    })
  }

  /** Passes the connection on to an application of node:http, which answers the handshake itself. */
  #handOver(answer: NodeAnswer, upgrade: NodeUpgrade): void {
    this.status = 101
    this.#detach()
    this.#writtenBefore = this.connection.socket.bytesWritten
    Object.assign(this.incoming, { url: answer.target, originalUrl: answer.originalTarget })
    const failed = (error: unknown) => {
      this.fail(error)
      this.logger.error({ err: error }, `the upgrade of ${this.label} failed`)
      this.socket.destroy()
    }
    try {
      Promise.resolve(upgrade(this.incoming, this.socket, this.head)).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  /** Takes the socket away from the response of node:http. */
  #detach(): void {
    this.response.off('close', this.response.listeners('close')[0] as () => void)
    this.response.detachSocket(this.connection.socket)
    this.connection.upgraded = true
  }

  /** The message whose socket speaks WebSocket from now on. */
  get handshake(): IncomingMessage {
    return this.incoming
  }

  /** The connection is open. */
  connected(peer: Peer): void {
    this.#peer = peer
    if (this.#cutAt !== undefined) this.#askToClose(this.#cutAt)
  }

  /** Asks the client to close, with 1001; cuts it if it does not answer within `patience` ms. */
  closeGoingAway(patience: number): void {
    this.#cutAt ??= performance.now() + Math.min(CLOSE_GRACE_MS, patience)
    this.#askToClose(this.#cutAt)
  }

  #askToClose(cutAt: number): void {
    if (this.#writtenBefore !== undefined) this.#closeForeign(this.#writtenBefore)
    else if (this.#peer) this.#peer.close(1001, 'going away')
    else return
    const timer = setTimeout(() => this.socket.destroy(), Math.max(0, cutAt - performance.now()))
    this.onEnd(() => clearTimeout(timer))
  }

  /**
   * Closes the connection of another application. It writes whole frames, so that this one cannot be within another; the
   * answer of the client makes its WebSocket server end the connection.
   */
  #closeForeign(writtenBefore: number): void {
    const { socket } = this.connection
    if (socket.bytesWritten > writtenBefore && socket.writable) socket.write(CLOSE_GOING_AWAY)
    else socket.destroy()
  }

  override connectionClosed(): void {
    if (this.hooks === undefined && this.#writtenBefore === undefined) super.connectionClosed()
    // The adapter reports the end first, if the handshake was completed.
    else setImmediate(() => this.disconnected(this.#inOrder ?? false))
  }

  /** Calls a hook of the connection. A hook that throws closes its connection only. */
  call(name: string, run: (hooks: WebSocketHooks) => unknown): void | Promise<void> {
    const failed = (error: unknown) => {
      this.fail(error)
      this.logger.error({ err: error }, `the ${name} hook of ${this.label} failed`)
      this.#peer?.close(1011, 'internal error')
    }
    try {
      const result = run(this.hooks!)
      if (!isThenable(result)) return
      const hook = Promise.resolve(result).then(() => {}, failed)
      this.#running.add(hook)
      return hook.finally(() => this.#running.delete(hook))
    } catch (error) {
      failed(error)
    }
  }

  /** The connection has ended, with a close frame or without. The hooks that run keep its services until they end. */
  disconnected(inOrder: boolean): void {
    this.#inOrder ??= inOrder
    if (this.#running.size > 0) this.waitUntil(Promise.all(this.#running))
    this.end(this.#inOrder)
  }
}

/** A close frame with the code 1001 (RFC 6455, section 5.5.1). */
const CLOSE_GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

const WEBSOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/
