// The close of the listening socket of a transport.

import type { Server } from 'node:net'
import { closeListener } from './close-listener.ts'

/** The options of {@link stopAccepting}. */
export interface StopAcceptingOptions {
  /** Closes the socket at once when it aborts. Pass `context.signal` of a drain. */
  readonly signal?: AbortSignal
  /**
   * True if another process holds the socket as well, such as systemd: clients continue to connect to that one. A socket of
   * {@link InheritedListener} needs no such hint. Default: false.
   */
  readonly shared?: boolean
}

/**
 * Stops accepting connections, and loses none. `server.close()` resets the connections that the kernel has accepted and the
 * server has not; this function first takes all of them. Open connections stay open.
 *
 * Resolves when the last connection was emitted and the socket is closed. This takes at most 5 s, also while clients
 * continue to connect.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:net'
 * import { stopAccepting, type Transport } from '@myfy/core'
 *
 * const server = createServer((socket) => socket.end('hello\n'))
 *
 * export const greeting: Transport = {
 *   name: 'greeting',
 *   listen: () => void server.listen(7000),
 *   drain: ({ signal }) => stopAccepting(server, { signal }),
 *   close: () => void server.close(),
 * }
 * ```
 */
export async function stopAccepting(
  server: Server,
  { signal, shared = false }: StopAcceptingOptions = {},
): Promise<void> {
  if (!server.listening) return
  let accepted = 0
  const count = () => accepted++
  const close = () => {
    // Not the `close` of node:http, which destroys idle connections, and with them the requests that are on their way.
    if (server.listening) process.getBuiltinModule('node:net').Server.prototype.close.call(server)
  }
  server.on('connection', count)
  await closeListener(server, () => accepted, { shared, signal, close })
  server.off('connection', count)
}
