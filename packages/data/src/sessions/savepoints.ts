// Savepoints of a session: one after the other, unless one is inside of another.

import { AsyncLocalStorage } from 'node:async_hooks'
import { SessionError } from '../errors.ts'

/** A part of a transaction that can be undone. */
interface Savepoint {
  readonly name: string
  readonly parent: Savepoint | undefined
  /** True once a statement of other code has written while it was open: to undo the part undoes that write. */
  hasOtherWrites: boolean
}

/** The savepoint in which code runs, by its asynchronous context. */
const current = new AsyncLocalStorage<Savepoint>()

/** Runs a statement of the savepoint itself. */
type Execute = (text: string) => Promise<unknown>

/** The savepoints of one session. */
export class Savepoints {
  readonly #open: Savepoint[] = []
  /** The last one that was begun, of the transaction itself and of each savepoint that is open. */
  readonly #last = new Map<Savepoint | undefined, Promise<unknown>>()
  #count = 0
  /** The error for which writes were undone that belong to no part that has failed. */
  #loss: unknown

  /** @throws SessionError if a commit would leave out writes whose code has seen them succeed */
  assertComplete(): void {
    if (this.#loss === undefined) return
    throw new SessionError(
      'MYFY_SAVEPOINT_SHARED',
      'Cannot commit the transaction: a savepoint failed while a statement beside it was writing, and that write was undone as well. Await session.savepoint(…) before the next statement.',
      { cause: this.#loss },
    )
  }

  /**
   * Runs a part that is undone alone if it rejects. Parts that are begun beside each other run one after the other: those of
   * one connection would be inside of each other.
   */
  run<T>(execute: Execute, part: () => T | PromiseLike<T>): Promise<T> {
    const parent = this.#here()
    const before = this.#last.get(parent) ?? Promise.resolve()
    const result = before.then(() => this.#run(parent, execute, part))
    this.#last.set(
      parent,
      result.catch(() => {}),
    )
    return result
  }

  /** Notes a write. */
  wrote(): void {
    if (this.#open.length === 0) return
    const inside = new Set<Savepoint>()
    for (let at = current.getStore(); at; at = at.parent) inside.add(at)
    for (const savepoint of this.#open) if (!inside.has(savepoint)) savepoint.hasOtherWrites = true
  }

  async #run<T>(parent: Savepoint | undefined, execute: Execute, part: () => T | PromiseLike<T>): Promise<T> {
    const savepoint: Savepoint = { name: `myfy_${++this.#count}`, parent, hasOtherWrites: false }
    await execute(`savepoint ${savepoint.name}`)
    this.#open.push(savepoint)
    try {
      const result = await current.run(savepoint, async () => part())
      await execute(`release savepoint ${savepoint.name}`)
      return result
    } catch (error) {
      await execute(`rollback to savepoint ${savepoint.name}`)
      if (savepoint.hasOtherWrites) this.#loss ??= error
      throw error
    } finally {
      this.#open.splice(this.#open.indexOf(savepoint), 1)
      this.#last.delete(savepoint)
    }
  }

  /** The innermost savepoint of this context that is open. */
  #here(): Savepoint | undefined {
    let at = current.getStore()
    while (at && !this.#open.includes(at)) at = at.parent
    return at
  }
}
