// Turns on the only connection of a database.

import { DatabaseError } from '../errors.ts'

/** Turns lets one user at a time use a connection, in the order in which they ask. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /**
   * Waits for a turn, and returns the function that ends it.
   *
   * @throws DatabaseError `MYFY_DATABASE_BUSY` if it does not come within `ms`, or the reason of the signal
   */
  async take(ms: number, signal?: AbortSignal): Promise<() => void> {
    const before = this.#last
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last = before.then(() => ended)
    try {
      await inTime(before, ms, signal)
      return end
    } catch (error) {
      // The one behind waits for those before this one.
      end()
      throw error
    }
  }

  /** Runs `work` in a turn. */
  async during<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const end = await this.take(ms)
    try {
      return await work()
    } finally {
      end()
    }
  }
}

function inTime(turn: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = () => reject(signal?.reason)
    if (signal?.aborted) return left()
    const timer =
      ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => reject(waitedTooLong(ms)), ms)
    signal?.addEventListener('abort', left, { once: true })
    void turn.then(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', left)
      resolve()
    })
  })
}

const waitedTooLong = (ms: number) =>
  new DatabaseError(
    'MYFY_DATABASE_BUSY',
    `Cannot use the database: its only connection was in a transaction for ${Math.round(ms)} ms. Make transactions shorter, run what belongs to a request in its Session, or use a server with the option url.`,
  )
