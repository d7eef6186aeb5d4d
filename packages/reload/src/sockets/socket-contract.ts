// The contract of the listening sockets of a supervisor, which are bound once and outlive every worker.

import type { ListenAddress } from '@myfy/core'

/** The target on which a worker listens: a handle that is sent with the message, or the path of a local socket. */
export type ListenTarget =
  | { readonly handle: object; readonly path?: undefined }
  | { readonly path: string; readonly handle?: undefined }

/** Identifies a worker process. */
export type WorkerId = number

/** Identifies one use of a socket: the request of a worker for it. */
export interface SocketUse {
  readonly worker: WorkerId
  readonly request: number
}

/** Owns the bound addresses of a supervisor. */
export interface SharedSockets {
  /**
   * Binds an address unless it is bound. An own socket that excludes the address is closed first.
   *
   * @throws the error of the system, with its `code`
   */
  bind(address: ListenAddress, use: SocketUse): Promise<ListenTarget>
  /** Records that a worker has closed its end. */
  closed(use: SocketUse): void
  /** Records that a worker process has exited. */
  exited(worker: WorkerId): void
  /** Directs new connections to this worker. */
  activate(worker: WorkerId): void
  /** Closes the sockets on which no worker listens. */
  closeUnused(): void
  /** The bound addresses. */
  readonly addresses: readonly ListenAddress[]
  /** Closes the sockets on which a worker listens: that worker answers what waits in their queues. */
  closeUsed(): void
  /** Closes all sockets. What waits on those without a worker is answered with 503: the close itself would reset it. */
  end(): Promise<void>
}
