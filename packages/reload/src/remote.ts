// The worker's end of the socket: asks the supervisor for an address and gets something to listen on.

import type { InheritedListener, ListenAddress } from '@myfy/core'
import type { Order, Report } from './protocol.ts'

/** The supervisor's sockets as the worker sees them. */
export class RemoteListener implements InheritedListener {
  readonly kind = 'myfy.listener'
  readonly #send: (report: Report) => void
  readonly #waiting = new Map<number, PromiseWithResolve>()
  #ids = 0

  constructor(send: (report: Report) => void) {
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
  answer(order: Extract<Order, { type: 'bound' }>, handle: unknown): void {
    const waiting = this.#waiting.get(order.id)
    this.#waiting.delete(order.id)
    const { error } = order
    if (error) waiting?.reject(Object.assign(new Error(error.message), { ...error }))
    else waiting?.resolve(order.path === undefined ? (handle as object) : { path: order.path })
  }
}

interface PromiseWithResolve {
  resolve(target: object): void
  reject(error: Error): void
}
