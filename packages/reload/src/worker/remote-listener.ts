// The worker's end of the socket: asks the supervisor for an address and gets something to listen on.

import type { InheritedListener, ListenAddress } from '@myfy/core'
import type { SupervisorMessage, WorkerMessage } from '../protocol.ts'

/** The supervisor's sockets as the worker sees them. */
export class RemoteListener implements InheritedListener {
  readonly kind = 'myfy.listener'
  readonly development = true
  readonly #send: (report: WorkerMessage) => void
  readonly #waiting = new Map<number, PromiseWithResolve>()
  readonly #open = new Set<object>()
  #released: (() => void) | undefined
  #ids = 0

  constructor(send: (report: WorkerMessage) => void) {
    this.#send = send
  }

  acquire(address: ListenAddress): Promise<object> {
    const id = ++this.#ids
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ type: 'acquire', id, address })
    })
  }

  /** The supervisor's answer; the handle is what came beside the message. */
  answer(order: Extract<SupervisorMessage, { type: 'bound' }>, handle: unknown): void {
    const waiting = this.#waiting.get(order.id)
    this.#waiting.delete(order.id)
    const { error } = order
    if (error) waiting?.reject(Object.assign(new Error(error.message), { ...error }))
    else waiting?.resolve(order.path === undefined ? this.#watched(handle as Closable) : { path: order.path })
  }

  /** Calls back as soon as nothing accepts connections here. A local socket is no longer fed by then. */
  whenReleased(released: () => void): void {
    this.#released = released
    if (this.#open.size === 0) released()
  }

  /** The handle itself, whoever closes it: it goes from one application to the next. */
  #watched(handle: Closable): object {
    this.#open.add(handle)
    const close = handle.close.bind(handle)
    handle.close = (done) => {
      close(done)
      if (this.#open.delete(handle) && this.#open.size === 0) this.#released?.()
    }
    return handle
  }
}

interface Closable {
  close(done?: () => void): void
}

interface PromiseWithResolve {
  resolve(target: object): void
  reject(error: Error): void
}
