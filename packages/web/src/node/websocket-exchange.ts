// WebSocket connections: the handshake goes through the route like any request, then crossws speaks the protocol.

import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '@myfy/core'
import type { Hooks, Peer } from 'crossws'
import { errors } from '../http/http-exception.ts'
import type { Reply } from '../http/reply.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { loadWebSockets } from '../request/h3.ts'
import type { WebSocketHooks } from '../routing/websocket.ts'
import { IncomingExchange, type NodeSettings } from './incoming-exchange.ts'

/** The WebSocket connections of one transport. */
export class WebSocketConnections {
  readonly #pipeline: Pipeline
  readonly #maxMessage: number
  readonly #open = new Set<WebSocketExchange>()
  #adapter: Promise<WebSocketAdapter> | undefined
  #ended = false
  #idle: Array<() => void> = []

  constructor(pipeline: Pipeline, maxMessage: number) {
    this.#pipeline = pipeline
    this.#maxMessage = maxMessage
  }

  /** Answers a handshake. */
  accept(incoming: IncomingMessage, socket: Duplex, head: Buffer, settings: NodeSettings): void {
    const exchange = new WebSocketExchange(incoming, socket, head, settings, this)
    this.#open.add(exchange)
    this.#pipeline.handle(exchange)
  }

  /** Speaks the protocol from now on. */
  async serve(
    exchange: WebSocketExchange,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    this.#adapter ??= loadWebSockets().then(({ default: createAdapter }) =>
      createAdapter({
        hooks: connectionHooks(this.#pipeline.logger),
        serverOptions: { maxPayload: this.#maxMessage },
      }),
    )
    const adapter = await this.#adapter
    const request = Object.assign(exchange.request, { context: { [EXCHANGE]: exchange } })
    await adapter.handleUpgrade(incoming, socket, head, request as never)
    if (this.#ended) exchange.closeGoingAway()
  }

  /** Says good-bye to every client: 1001, going away. */
  end(): void {
    this.#ended = true
    for (const exchange of this.#open) exchange.closeGoingAway()
  }

  /** Resolves when every connection has ended, or the time is over. */
  whenClosed(signal: AbortSignal): Promise<void> {
    if (this.#open.size === 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const exchange of [...this.#open]) exchange.cut()
  }

  /** @internal */
  closed(exchange: WebSocketExchange): void {
    this.#open.delete(exchange)
    if (this.#open.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}

type WebSocketAdapter = ReturnType<Awaited<ReturnType<typeof loadWebSockets>>['default']>

const EXCHANGE = Symbol('myfy.web.exchange')

/** How long a client may take to answer the good-bye, in ms. */
const CLOSE_GRACE_MS = 5_000

/** The exchange of a WebSocket: it begins with the handshake and ends with the connection. */
export class WebSocketExchange extends IncomingExchange {
  override readonly kind = 'websocket'
  readonly #socket: Duplex
  readonly #head: Buffer
  readonly #owner: WebSocketConnections
  #peer: Peer | undefined
  #leaving = false
  hooks: WebSocketHooks | undefined = undefined

  constructor(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    settings: NodeSettings,
    owner: WebSocketConnections,
  ) {
    super(incoming, settings)
    this.#socket = socket
    this.#head = head
    this.#owner = owner
    // A client may reset the connection at any time; without a listener that would end the process.
    socket.on('error', () => {})
    // After ws has told the `close` hook: that one may still use the services.
    socket.on('close', () => setImmediate(() => this.ended(false)))
  }

  async text(): Promise<string> {
    return ''
  }

  override assertUpgrade(origins: readonly string[] | '*' | undefined): void {
    if (this.header('upgrade')?.toLowerCase() !== 'websocket') super.assertUpgrade(origins)
    // A page of another origin could speak in the name of the user whose cookies come along.
    const from = this.header('origin')
    if (from === undefined || this.#allows(from, origins)) return
    throw errors.forbidden('this origin may not connect')
  }

  #allows(from: string, origins: readonly string[] | '*' | undefined): boolean {
    if (origins === '*' || origins?.includes(from)) return true
    return URL.canParse(from) && new URL(from).host === this.url.host
  }

  override upgrade(hooks: unknown): Reply {
    this.hooks = (hooks ?? {}) as WebSocketHooks
    return { status: 200, headers: [], body: null }
  }

  send(reply: Reply): void {
    if (this.hooks !== undefined && reply.status === 200) {
      this.#owner.serve(this, this.incoming, this.#socket, this.#head).catch((error: unknown) => {
        this.owner?.logger.error({ err: error }, `the handshake of ${this.label} failed`)
        this.#socket.destroy()
      })
      return
    }
    const body = typeof reply.body === 'string' ? reply.body : ''
    let head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
    for (let i = 0; i < reply.headers.length; i += 2)
      head += `${reply.headers[i]}: ${reply.headers[i + 1]}\r\n`
    this.#socket.end(`${head}\r\n${body}`, () => this.#socket.destroy())
  }

  /** @internal */
  connected(peer: Peer): void {
    this.#peer = peer
    if (this.#leaving) this.closeGoingAway()
  }

  /** Asks the client to close; who does not answer is cut. */
  closeGoingAway(): void {
    this.#leaving = true
    if (!this.#peer) return
    this.#peer.close(1001, 'going away')
    const timer = setTimeout(() => this.cut(), CLOSE_GRACE_MS)
    this.onEnd(() => clearTimeout(timer))
  }

  /** Breaks the connection. */
  cut(): void {
    this.#socket.destroy()
  }

  /** @internal */
  ended(inOrder: boolean): void {
    this.#owner.closed(this)
    this.responded(inOrder)
  }
}

/** The hooks of all connections: each finds its own exchange. What a hook throws closes the connection, and nothing else. */
function connectionHooks(logger: Logger): Partial<Hooks> {
  const exchangeOf = (peer: Peer) => (peer.context as { [EXCHANGE]: WebSocketExchange })[EXCHANGE]
  const guard = async (peer: Peer, name: string, run: (hooks: WebSocketHooks) => unknown) => {
    const exchange = exchangeOf(peer)
    try {
      await run(exchange.hooks!)
    } catch (error) {
      exchange.fail(error)
      logger.error({ err: error }, `the ${name} hook of ${exchange.label} failed`)
      peer.close(1011, 'internal error')
    }
  }
  return {
    open: (peer) => {
      exchangeOf(peer).connected(peer)
      return guard(peer, 'open', (hooks) => hooks.open?.(peer))
    },
    message: (peer, message) => guard(peer, 'message', (hooks) => hooks.message?.(peer, message)),
    error: (peer, error) => guard(peer, 'error', (hooks) => hooks.error?.(peer, error)),
    close: async (peer, details) => {
      await guard(peer, 'close', (hooks) => hooks.close?.(peer, details))
      exchangeOf(peer).ended(details.code !== 1006)
    },
  }
}
