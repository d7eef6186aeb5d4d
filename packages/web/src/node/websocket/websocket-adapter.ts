// The adapter of crossws, which speaks the protocol after the handshake.

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Hooks, Peer } from 'crossws'
import { loadWebSockets } from '../../request/h3.ts'
import type { WebSocketExchange } from './websocket-exchange.ts'

/** The adapter of crossws for node:http. */
export type WebSocketAdapter = ReturnType<Awaited<ReturnType<typeof loadWebSockets>>['default']>

/** The limits that the adapter applies. */
export interface AdapterLimits {
  /** One message of a client, in bytes. */
  readonly maxMessageSize: number
  /** The interval of pings, in ms; 0 for none. */
  readonly pingInterval: number
}

/** Creates the adapter that serves all WebSocket connections of a transport. */
export async function createWebSocketAdapter({
  maxMessageSize,
  pingInterval,
}: AdapterLimits): Promise<WebSocketAdapter> {
  const { default: createAdapter } = await loadWebSockets()
  return createAdapter({
    hooks: connectionHooks(),
    // In seconds.
    idleTimeout: pingInterval / 1_000,
    serverOptions: {
      maxPayload: maxMessageSize,
      handleProtocols: (_offered: Set<string>, message: IncomingMessage) =>
        (message as IncomingMessage & { [EXCHANGE]: WebSocketExchange })[EXCHANGE].protocol ?? false,
    },
  })
}

/** The key of an exchange in the context of its peer, and on its message. */
export const EXCHANGE = Symbol('myfy.web.exchange')

/** The hooks of all connections: each calls those of its exchange. */
function connectionHooks(): Partial<Hooks> {
  const exchangeOf = (peer: Peer) => (peer.context as { [EXCHANGE]: WebSocketExchange })[EXCHANGE]
  return {
    upgrade: (request) => {
      // crossws hands on the request of `handleUpgrade`, but types it as one of the web platform.
      const { handshakeHeaders } = (request as unknown as { context: { [EXCHANGE]: WebSocketExchange } })
        .context[EXCHANGE]
      return { headers: pairsOf(handshakeHeaders) }
    },
    open: (peer) => {
      const exchange = exchangeOf(peer)
      exchange.connected(peer)
      return exchange.call('open', (hooks) => hooks.open?.(peer))
    },
    message: (peer, message) => exchangeOf(peer).call('message', (hooks) => hooks.message?.(peer, message)),
    error: (peer, error) => exchangeOf(peer).call('error', (hooks) => hooks.error?.(peer, error)),
    close: (peer, details) => {
      const exchange = exchangeOf(peer)
      const closing = exchange.call('close', (hooks) => hooks.close?.(peer, details))
      exchange.disconnected(details.code !== 1006)
      return closing
    },
  }
}

function pairsOf(headers: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i < headers.length; i += 2) {
    if (!/^content-/i.test(headers[i]!)) pairs.push([headers[i]!, headers[i + 1]!])
  }
  return pairs
}

/** Cuts a connection whose client leaves more than `max` bytes unread: the messages would fill the memory. */
export function boundBuffer(socket: Socket, max: number): void {
  const { write } = socket
  socket.write = function bounded(this: Socket, ...args: unknown[]) {
    const more = (write as (...args: unknown[]) => boolean).apply(this, args)
    if (this.writableLength > max) this.destroy()
    return more
  } as typeof write
}
