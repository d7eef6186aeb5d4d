// The listening handles of a worker, which it gets from the supervisor.

import type { InheritedListener, ListenAddress } from '@myfy/core'
import { ListenFailure } from '../errors.ts'
import type { SupervisorMessage, WorkerMessage } from '../protocol.ts'

interface Closable {
  close(done?: () => void): void
  /** Tells the close of a listener whether this process alone holds the socket: its queue may be emptied first. */
  owned?: boolean
}

interface PendingRequest {
  resolve(target: object): void
  reject(error: Error): void
}

/** Asks the supervisor for listening handles and reports when they are closed. */
export class RemoteListener implements InheritedListener {
  readonly kind = 'myfy.listener'
  readonly development = true
  readonly #send: (message: WorkerMessage) => void
  readonly #pending = new Map<number, PendingRequest>()
  readonly #open = new Map<number, Closable>()
  #released: (() => void) | undefined
  /** The transport that begins to listen and has not asked for a handle yet. */
  #transport: string | undefined
  #count = 0
  #cancelled = false

  constructor(send: (message: WorkerMessage) => void) {
    this.#send = send
  }

  /** Names the transport to which the next request belongs. */
  starting(transport: string): void {
    this.#transport = transport
  }

  /** @throws ListenFailure if the supervisor cannot listen, or the process stops before it has answered */
  acquire(address: ListenAddress): Promise<object> {
    return this.#acquire(address, {})
  }

  /** Gets a handle for the error page, which asks for the address of the application as it was bound. */
  acquireForPage(address: ListenAddress): Promise<object> {
    return this.#acquire(address, { page: true })
  }

  #acquire(address: ListenAddress, purpose: { readonly page?: true }): Promise<object> {
    if (this.#cancelled) return Promise.reject(cancelledError())
    const id = ++this.#count
    const transport = this.#transport
    this.#transport = undefined
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#send({ type: 'acquire', id, address, ...purpose, ...(transport !== undefined && { transport }) })
    })
  }

  /** Receives the supervisor's answer, and the handle that was sent with it. */
  answer(message: Extract<SupervisorMessage, { type: 'bound' }>, handle: unknown): void {
    const { id, error, path } = message
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (!pending && !error && path === undefined) this.#discard(id, handle as Closable)
    else if (error) pending?.reject(new ListenFailure(error.message, error))
    else pending?.resolve(path === undefined ? this.#track(id, handle as Closable) : { path })
  }

  /** Closes the handle of an answer, because its port is needed at another address. */
  close(id: number): void {
    const handle = this.#open.get(id)
    if (handle) handle.close()
    else this.#send({ type: 'closed', id })
  }

  /** No other process holds the sockets any more. */
  own(): void {
    for (const handle of this.#open.values()) handle.owned = true
  }

  /** Ends requests that the supervisor has not answered: it grants no socket to a process that it stops. */
  cancel(): void {
    this.#cancelled = true
    for (const { reject } of this.#pending.values()) reject(cancelledError())
    this.#pending.clear()
  }

  /** Calls back as soon as no handle accepts connections. The supervisor directs none to a local socket by then. */
  whenReleased(released: () => void): void {
    this.#released = released
    if (this.#open.size === 0) released()
  }

  #discard(id: number, handle: Closable): void {
    handle.close()
    this.#send({ type: 'closed', id })
  }

  /** Watches the close of the handle itself, which passes from one application to the next. */
  #track(id: number, handle: Closable): object {
    handle.owned = false
    this.#open.set(id, handle)
    const close = handle.close.bind(handle)
    handle.close = (done) => {
      close(done)
      if (!this.#open.delete(id)) return
      this.#send({ type: 'closed', id })
      if (this.#open.size === 0) this.#released?.()
    }
    return handle
  }
}

function cancelledError(): ListenFailure {
  return new ListenFailure('Cannot listen: the process is stopping. Start it again.', {})
}
