// A lifespan: set-up before its `yield`, clean-up after it.

import { LifespanError } from '../errors.ts'

/** What a lifespan function may return. Detected from the value, never from the kind of the function. */
export type LifespanResult =
  | AsyncGenerator<unknown, unknown, unknown>
  | Generator<unknown, unknown, unknown>
  | AsyncDisposable
  | Disposable

/**
 * Set-up and clean-up in one function: an async generator function, a function that returns a generator, or one
 * that returns (a promise of) an `AsyncDisposable` or `Disposable`.
 */
export type Lifespan<App> = (
  app: App,
  control: { readonly signal: AbortSignal },
) => LifespanResult | PromiseLike<LifespanResult>

/** Runs the set-up half and returns the clean-up half. */
export async function enterLifespan(
  result: LifespanResult | PromiseLike<LifespanResult>,
): Promise<() => Promise<void>> {
  const value = await result
  if (isGenerator(value)) {
    const first = await value.next()
    if (first.done) {
      throw new LifespanError(
        'MYFY_LIFESPAN_NO_YIELD',
        'the lifespan ended without a yield; write `yield` where the application runs, with the set-up before and the clean-up after it',
      )
    }
    return async () => {
      const second = await value.next()
      if (second.done) return
      await value.return(undefined)
      throw new LifespanError(
        'MYFY_LIFESPAN_YIELDS_TWICE',
        'the lifespan yielded a second time; it must yield once, what stands after that is the clean-up',
      )
    }
  }
  if (typeof value === 'object' && value !== null) {
    if (Symbol.asyncDispose in value) return async () => void (await value[Symbol.asyncDispose]())
    if (Symbol.dispose in value) return async () => value[Symbol.dispose]()
  }
  throw new LifespanError(
    'MYFY_LIFESPAN_SHAPE',
    `the lifespan returned ${value === null ? 'null' : typeof value}; it must be a generator function (\`async function* (app) { …; yield; … }\`) or return something disposable`,
  )
}

// A generator is disposable as well in newer runtimes: it must be recognized first.
function isGenerator(value: unknown): value is AsyncGenerator | Generator {
  const candidate = value as Partial<AsyncGenerator> | null | undefined
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.next === 'function' &&
    typeof candidate.return === 'function'
  )
}
