// The lifespan: setup before its `yield`, cleanup after it.

import { LifespanError } from '../errors.ts'

/** The return value of a lifespan function. Its form is detected from the value, not from the kind of the function. */
export type LifespanResult =
  | AsyncGenerator<unknown, unknown, unknown>
  | Generator<unknown, unknown, unknown>
  | AsyncDisposable
  | Disposable

/**
 * Setup and cleanup in one function: an async generator function, a function that returns a generator, or a function
 * that returns (a promise of) an `AsyncDisposable` or `Disposable`.
 */
export type Lifespan<App> = {
  // Written as a method, so that a function of `Application` is accepted for one of `App`.
  run(app: App, control: { readonly signal: AbortSignal }): LifespanResult | PromiseLike<LifespanResult>
}['run']

/** Runs the setup and returns the cleanup. */
export async function enterLifespan(
  result: LifespanResult | PromiseLike<LifespanResult>,
): Promise<() => Promise<void>> {
  const value = await result
  if (isGenerator(value)) {
    const first = await value.next()
    if (first.done) {
      throw new LifespanError(
        'MYFY_LIFESPAN_NO_YIELD',
        'Cannot run the lifespan: it ended without a yield. Write `yield` where the application runs, with the setup before it and the cleanup after it.',
      )
    }
    return async () => {
      const second = await value.next()
      if (second.done) return
      await value.return(undefined)
      throw new LifespanError(
        'MYFY_LIFESPAN_YIELDS_TWICE',
        'Cannot end the lifespan: it yielded a second time. Yield once; the code after the yield is the cleanup.',
      )
    }
  }
  if (typeof value === 'object' && value !== null) {
    if (Symbol.asyncDispose in value) return async () => void (await value[Symbol.asyncDispose]())
    if (Symbol.dispose in value) return async () => value[Symbol.dispose]()
  }
  throw new LifespanError(
    'MYFY_LIFESPAN_SHAPE',
    `Cannot run the lifespan: it returned ${value === null ? 'null' : typeof value}. Write a generator function (\`async function* (app) { …; yield; … }\`), or return an object with Symbol.asyncDispose or Symbol.dispose.`,
  )
}

// A generator is disposable too in newer runtimes, so it must be recognized first.
function isGenerator(value: unknown): value is AsyncGenerator | Generator {
  const candidate = value as Partial<AsyncGenerator> | null | undefined
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.next === 'function' &&
    typeof candidate.return === 'function'
  )
}
