// How an application under a supervisor gets its port: the supervisor owns the socket, the transport asks for it.

/** Where a transport wants to listen: a TCP port, or the path of a Unix socket or named pipe. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string }

/**
 * What `ListenContext.inherited` is when the application runs under a supervisor and there is no predecessor in
 * the same process. The supervisor binds the address once and keeps it for as long as it lives; every process
 * that asks gets its own handle on the same socket, so closing it (`server.close()`) never closes the port.
 *
 * @example
 * ```ts
 * import type { Server } from 'node:http'
 * import { isInheritedListener } from '@myfy/reload'
 *
 * async function listen(server: Server, inherited: unknown) {
 *   const target = isInheritedListener(inherited) ? await inherited.acquire({ port: 8000 }) : { port: 8000 }
 *   server.listen(target)
 * }
 * ```
 */
export interface InheritedListener {
  /** Tells it from what a predecessor's transport hands over. */
  readonly kind: 'myfy.listener'
  /**
   * Binds the address, or finds it bound.
   *
   * @returns what to give to `server.listen()`; what it is exactly depends on the platform
   * @throws the error of the bind, with its `code` (`EADDRINUSE`, `EACCES`)
   */
  acquire(address: ListenAddress): Promise<ListenTarget>
}

/** Something `net.Server.listen()` takes: a bound handle, or the path of a local socket that the supervisor feeds. */
export type ListenTarget = object

/** Whether a value is an {@link InheritedListener}, from whichever copy of this package. */
export function isInheritedListener(value: unknown): value is InheritedListener {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'myfy.listener'
}
