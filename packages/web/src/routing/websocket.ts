// WebSocket routes: the hooks of one connection, and the handler that returns them.

import { OptionError, type StandardSchema } from '@myfy/core'
import { meantName } from '@myfy/core/runtime'
import type { Message, Peer } from 'crossws'
import type { HTTPException } from '../http/http-exception.ts'

export type { Message as WebSocketMessage, Peer as WebSocketPeer } from 'crossws'

/**
 * The hooks of one WebSocket connection, as crossws defines them. An error thrown by a hook is logged and closes the
 * connection with code 1011.
 */
export interface WebSocketHooks<Schema = NoMessageSchema> {
  /** Runs when the connection is open. */
  open?(peer: Peer): unknown
  /**
   * Runs for each message from the client. With the option `message` of the route it receives the output of the schema
   * for the JSON of the message, and the message as it was received.
   */
  message?(
    peer: Peer,
    ...message: Schema extends StandardSchema<infer _In, infer Out>
      ? [data: Out, message: Message]
      : [message: Message]
  ): unknown
  /**
   * Runs for a message that the schema of the route refuses. The problems are in `error.problem.errors`. Default: closes
   * the connection with code 1008.
   */
  invalid?(peer: Peer, error: HTTPException): unknown
  /** Runs when the connection has closed. */
  close?(peer: Peer, details: { code?: number; reason?: string }): unknown
  /** Runs when the connection has failed. */
  error?(peer: Peer, error: Error): unknown
}

const HOOKS = ['open', 'message', 'invalid', 'close', 'error'] as const satisfies ReadonlyArray<
  keyof WebSocketHooks
>

/** Throws an OptionError for a function that is nearly a hook, and would never be called: `onMessage`, `opne`. */
export function assertHooks(hooks: unknown): void {
  if (typeof hooks !== 'object' || hooks === null) return
  for (const [name, value] of Object.entries(hooks)) {
    if (typeof value !== 'function' || (HOOKS as readonly string[]).includes(name)) continue
    const meant = meantName(
      name.replace(/^on(?=.)/i, ''),
      HOOKS.filter((hook) => !(hook in hooks)),
    )
    if (meant === undefined) continue
    throw new OptionError(
      'MYFY_OPTION_UNKNOWN',
      `Cannot use '${name}' of a WebSocket route: it is not a hook. Write ${meant}, or choose another name.`,
    )
  }
}

/** Returns the hooks of one connection. An `HTTPException` that it throws or returns refuses the handshake. */
export type WebSocketHandler<Context, Schema = NoMessageSchema> = (
  context: Context,
) => WebSocketHooks<Schema> | HTTPException | PromiseLike<WebSocketHooks<Schema> | HTTPException>

/** The messages of the route have no schema. */
export type NoMessageSchema = undefined
