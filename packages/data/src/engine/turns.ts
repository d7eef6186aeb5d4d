// Turns on the only connection of a database.

import { formatDuration } from '@myfy/core/runtime'
import { DatabaseError } from '../errors.ts'

/** The time after which a wait is reported, in ms. */
const LONG_MS = 2_000

/** Turn is the wait of one user for the connection. */
export interface Turn {
  /** The longest time that it waits, in ms. */
  readonly ms: number
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** The name of the work: `GET /users`. */
  readonly label?: string | undefined
}

/** Turns lets one user at a time use a connection, in the order in which they ask. */
export class Turns {
  #last: Promise<void> = Promise.resolve()
  /** The name of the work whose turn it is. */
  #holder = ''
  readonly #warn: (text: string) => void

  /** @param warn - called when a wait takes long: work that holds the connection may wait for it itself, in vain */
  constructor(warn: (text: string) => void) {
    this.#warn = warn
  }

  /**
   * Waits for a turn, and returns the function that ends it.
   *
   * @throws DatabaseError `MYFY_DATABASE_BUSY` if it does not come in time, or the reason of the signal
   */
  async take({ ms, signal, label = 'a statement of Database' }: Turn): Promise<() => void> {
    const before = this.#last
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last = before.then(() => ended)
    const long = setTimeout(() => this.#warn(this.#textOf(label)), LONG_MS)
    try {
      await this.#inTime(before, ms, signal)
      this.#holder = label
      return end
    } catch (error) {
      // The one behind waits for those before this one.
      end()
      throw error
    } finally {
      clearTimeout(long)
    }
  }

  /** Runs `work` in a turn. */
  async during<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    const end = await this.take(turn)
    try {
      return await work()
    } finally {
      end()
    }
  }

  #inTime(before: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const left = () => reject(signal?.reason)
      if (signal?.aborted) return left()
      const late = () => reject(this.#waitedTooLong(ms))
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(late, ms)
      signal?.addEventListener('abort', left, { once: true })
      void before.then(() => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', left)
        resolve()
      })
    })
  }

  #textOf(label: string): string {
    const waits = `${label} has waited for ${formatDuration(LONG_MS)} for the only connection of the database`
    return `${waits}, which is in use by ${this.#holder}. ${REMEDY}`
  }

  #waitedTooLong(ms: number): DatabaseError {
    return new DatabaseError(
      'MYFY_DATABASE_BUSY',
      `Cannot use the database: its only connection was in use by ${this.#holder} for ${Math.round(ms)} ms. ${REMEDY}`,
    )
  }
}

const REMEDY =
  'Make transactions shorter, run what belongs to a request in its Session, or use a server with the option url.'
