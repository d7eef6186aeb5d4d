// Chooses the kind of listening sockets that this system supports.

import { canShareHandles, HandleSockets } from './handle-sockets.ts'
import { ProxiedSockets } from './proxied-sockets.ts'
import type { SharedSockets, SocketUse } from './socket-contract.ts'

/**
 * Creates the sockets of a supervisor. Workers share the listening handles where the system can do that; elsewhere the
 * supervisor accepts and forwards to a local socket of the worker.
 *
 * @param closeUse - asks a worker to close its end of a socket
 */
export function createSharedSockets(
  closeUse: (use: SocketUse) => void = () => {},
  share = canShareHandles(),
): SharedSockets {
  return share ? new HandleSockets(closeUse) : new ProxiedSockets()
}
