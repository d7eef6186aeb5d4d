// One attempt of a worker to start the next application.

import type { Application } from '@myfy/core'
import { ExitAtImportError } from '../errors.ts'

/** An attempt to load and start an application, which a newer attempt or a stop cancels. */
export class StartAttempt {
  /** The application, as soon as it is found in the entry. */
  application: Application | undefined
  /** Ends the wait for the application with an error. */
  reject: (error: unknown) => void = () => {}
  cancelled = false
  /** True if an exclusive module has not ended: what it owns, no other start in this process can have. */
  unreleased = false
  /** True once it takes the socket: it ends when it has given the socket back, or when it serves. */
  listening = false
  settle!: () => void
  readonly #settled = new Promise<void>((resolve) => {
    this.settle = resolve
  })

  /**
   * Stops what the attempt has started. Resolves immediately; while it takes the socket, when it has given it back to the
   * running application, for the next attempt would find no owner of it; and with an exclusive module, when it has
   * stopped, for the next attempt cannot have what that module has not released.
   */
  async cancel(reason: string): Promise<void> {
    this.cancelled = true
    const stopped = this.application?.stop(reason)
    if (this.listening) await this.#settled
    else this.reject(undefined)
    if (this.application?.modules.some(({ exclusive }) => exclusive)) this.unreleased = (await stopped) !== 0
  }
}

/** Makes `process.exit()` throw until disposed: at import or start it would end the running application, too. */
export function rejectExit(): Disposable {
  const { exit } = process
  const rejecting = ((code?: unknown) => {
    throw new ExitAtImportError(code)
  }) as typeof process.exit
  process.exit = rejecting
  return {
    [Symbol.dispose]() {
      if (process.exit === rejecting) process.exit = exit
    },
  }
}
