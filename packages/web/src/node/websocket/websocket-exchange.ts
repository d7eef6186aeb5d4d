// One WebSocket connection, from the handshake to its end. The handshake passes through the route like any request.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Peer } from 'crossws'
import { errors, HTTPException } from '../../http/http-exception.ts'
import type { HandshakeSpec } from '../../request/exchange.ts'
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

/** The time in which a client must answer a close frame, in ms. */
const CLOSE_GRACE_MS = 5_000

/** WebSocketExchange is the exchange of a WebSocket: it begins with the handshake and ends with the connection. */
export class WebSocketExchange extends NodeExchange {
  override readonly kind = 'websocket'
  readonly head: Buffer
  readonly #connections: WebSocketOwner
  #peer: Peer | undefined
  #closing = false
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
    if (this.hooks === undefined || reply.status !== 200) {
      this.hooks = undefined
      return super.write(reply)
    }
    this.status = 101
    this.handshakeHeaders = this.identify([...reply.headers])
    this.response.off('close', this.response.listeners('close')[0] as () => void)
    this.response.detachSocket(this.connection.socket)
    this.connection.upgraded = true
    this.#connections.serve(this).catch((error: unknown) => {
      this.logger.error({ err: error }, `the handshake of ${this.label} failed`)
      this.socket.destroy()
    })
  }

  /** The message whose socket speaks WebSocket from now on. */
  get handshake(): IncomingMessage {
    return this.incoming
  }

  /** The connection is open. */
  connected(peer: Peer): void {
    this.#peer = peer
    if (this.#closing) this.closeGoingAway()
  }

  /** Asks the client to close, with 1001; cuts it if it does not answer. */
  closeGoingAway(): void {
    this.#closing = true
    if (!this.#peer) return
    this.#peer.close(1001, 'going away')
    const timer = setTimeout(() => this.socket.destroy(), CLOSE_GRACE_MS)
    this.onEnd(() => clearTimeout(timer))
  }

  override connectionClosed(): void {
    if (this.hooks === undefined) super.connectionClosed()
    // The `close` hook is called first: it may still use the services.
    else setImmediate(() => this.disconnected(false))
  }

  /** The connection has ended, with a close frame or without. */
  disconnected(inOrder: boolean): void {
    this.end(inOrder)
  }
}

const WEBSOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/
