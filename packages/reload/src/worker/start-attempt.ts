// One attempt of a worker to start the next application.

import type { Application, ExitCode } from '@myfy/core'
import { ExitAtImportError } from '../errors.ts'

/** An attempt to load and start an application, which a newer attempt or a stop cancels. */
export class StartAttempt {
  /** The application, as soon as it is found in the entry. */
  application: Application | undefined
  /** Ends the wait for the application with an error. */
  reject: (error: unknown) => void = () => {}
  cancelled = false
  /** True once it takes the socket: it ends when it has given the socket back, or when it serves. */
  listening = false
  settle!: () => void
  /** Resolves when the application has stopped; undefined if nothing stops it. */
  stopped: Promise<ExitCode> | undefined
  readonly #settled = new Promise<void>((resolve) => {
    this.settle = resolve
  })

  /**
   * Stops what the attempt has started. Resolves immediately; while it takes the socket, when it has given it back to the
   * running application, for the next attempt would find no owner of it.
   */
  cancel(reason: string): Promise<void> {
    this.cancelled = true
    this.stopped = this.application?.stop(reason)
    if (this.listening) return this.#settled
    this.reject(undefined)
    return Promise.resolve()
  }

  /**
   * Resolves when another start can have what a cancelled one owned: immediately, or with an exclusive module when it has
   * stopped. Resolves to false if it does not end: what it owns, no other start in this process can have.
   */
  async isReleased(): Promise<boolean> {
    const isExclusive = this.application?.modules.some(({ exclusive }) => exclusive)
    return !isExclusive || (await this.stopped) === 0
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
