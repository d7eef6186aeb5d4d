// An abort whose signal is made when somebody asks for it.

import { setMaxListeners } from 'node:events'

/**
 * An AbortController that is made when its signal is read. Most hooks read none, and making one takes longer than calling
 * the hook.
 */
export class LazyAbort {
  #controller: AbortController | undefined
  #reason: (() => unknown) | undefined

  get aborted(): boolean {
    return this.#reason !== undefined
  }

  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    this.#controller = new AbortController()
    // A signal may be passed to any number of connections or tasks.
    setMaxListeners(0, this.#controller.signal)
    if (this.#reason) this.#controller.abort(this.#reason())
    return this.#controller.signal
  }

  /** Aborts. A second call does nothing. */
  abort(reason: () => unknown): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason())
  }
}
