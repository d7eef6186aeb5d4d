// WebSocket routes: the hooks of one connection, and the handler that returns them.

import type { Message, Peer } from 'crossws'
import type { HTTPException } from '../http/http-exception.ts'

export type { Message as WebSocketMessage, Peer as WebSocketPeer } from 'crossws'

/**
 * The hooks of one WebSocket connection, as crossws defines them. An error thrown by a hook is logged and closes the
 * connection with code 1011.
 */
export interface WebSocketHooks {
  /** Runs when the connection is open. */
  open?(peer: Peer): unknown
  /** Runs for each message from the client. */
  message?(peer: Peer, message: Message): unknown
  /** Runs when the connection has closed. */
  close?(peer: Peer, details: { code?: number; reason?: string }): unknown
  /** Runs when the connection has failed. */
  error?(peer: Peer, error: Error): unknown
}

/** Returns the hooks of one connection. An `HTTPException` that it throws or returns refuses the handshake. */
export type WebSocketHandler<Context> = (
  context: Context,
) => WebSocketHooks | HTTPException | PromiseLike<WebSocketHooks | HTTPException>
