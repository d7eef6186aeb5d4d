/** What was built in one scope, and its end: settle once, then dispose, each in reverse order of construction. */
import type { Binding } from './binding.ts'
import { MyfyError, ProviderFailedError } from './errors.ts'
import type { Outcome } from './provider.ts'

/** True for a promise and anything else that can be awaited. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'

/** An instance's own way to be disposed, if it has one. */
export const disposer = (instance: unknown): (() => unknown) | undefined =>
  (instance as AsyncDisposable | undefined)?.[Symbol.asyncDispose] ??
  (instance as Disposable | undefined)?.[Symbol.dispose]

/** Whether a service surely has an end, or `maybe`: of a class its methods tell, of a factory only the instance. */
export function ending({ kind, make, options }: Binding): boolean | 'maybe' {
  const dispose =
    options?.dispose ?? (kind === 'class' && disposer((make as { prototype: unknown }).prototype))
  if (dispose || options?.settle) return true
  return kind === 'factory' && options?.dispose === undefined && 'maybe'
}

/** Runs steps that yield what may have to be awaited: at once while nothing has to be. */
function run(steps: Generator<unknown, void>): void | Promise<void> {
  const go = (how: 'next' | 'throw', sent?: unknown): void | Promise<void> => {
    for (let step = steps[how](sent); !step.done; step = steps.next()) {
      if (isThenable(step.value))
        return Promise.resolve(step.value).then(
          () => go('next'),
          (error) => go('throw', error),
        )
    }
  }
  return go('next')
}

/** The services of one scope that have to be settled or disposed, in order of construction. */
export class Lifetime {
  /** What an opening gives out. */
  declare values: unknown
  /** Who has an end, and the service; `false` when it is told how the work ended and not disposed. */
  owned: [owner: Binding, service: unknown, disposed: boolean][] = []
  protected ended = false
  #outcome: Outcome | undefined
  #settling: void | Promise<void> | undefined
  #ending: void | Promise<void> | undefined

  constructor(values?: unknown) {
    this.values = values
  }

  get disposable(): boolean {
    return true
  }

  /** Takes a service if it has an end. One that its factory was given and hands on is not its own to dispose. */
  adopt(binding: Binding, service: unknown, given: readonly unknown[] = []): void {
    const { kind, options } = binding
    const known = ending(binding)
    const lent = kind === 'factory' && options?.dispose === undefined && given.includes(service)
    if (known === 'maybe' ? !lent && disposer(service) : known) this.owned.push([binding, service, !lent])
  }

  settle(outcome: Outcome): void | Promise<void> {
    if (!this.#outcome) {
      this.#outcome = outcome
      this.#settling = run(this.#settle())
    }
    return this.#settling as void | Promise<void>
  }

  /** Settles what was not settled, with `outcome` or as aborted (nothing commits by accident), then disposes. */
  dispose(outcome?: Outcome): void | Promise<void> {
    if (!this.ended) {
      this.ended = true
      this.#ending = run(this.#dispose(outcome))
    }
    return this.#ending as void | Promise<void>
  }

  /** What has to be over before the end begins. */
  protected drain(): unknown {
    return undefined
  }

  /** Lets go of everything. */
  protected forget(): void {
    this.owned = []
  }

  *#settle(): Generator<unknown, void> {
    const errors: unknown[] = []
    for (const [{ options }, service] of this.owned.toReversed()) {
      try {
        yield options?.settle?.(service, this.#outcome!)
      } catch (error) {
        errors.push(error)
        // Who settles after a failed commit must not commit either.
        if (this.#outcome!.ok) this.#outcome = { ok: false, error }
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, 'failed to settle', { cause: errors[0] })
    if (errors.length) throw errors[0]
  }

  *#dispose(outcome?: Outcome): Generator<unknown, void> {
    const errors: unknown[] = []
    const names: string[] = []
    yield this.drain()
    const settled = this.#outcome
    try {
      yield settled ? this.#settling : this.settle(outcome ?? this.#aborted())
    } catch (error) {
      // The failure of a settlement that was asked for is for whoever asked: here it is only waited for.
      if (!settled) errors.push(error)
    }
    for (const [{ name, options }, service, disposed] of this.owned.toReversed()) {
      try {
        if (options?.dispose) yield options.dispose(service as never, outcome ?? this.#outcome!)
        else if (disposed && options?.dispose !== false) yield disposer(service)?.call(service)
      } catch (error) {
        names.push(name)
        errors.push(error)
      }
    }
    this.forget()
    if (errors.length) throw new AggregateError(errors, `failed to end: ${names.join(', ')}`)
  }

  /** The outcome of work that ended before its outcome was known; an error is made only when somebody can see it. */
  #aborted(): Outcome {
    const seen = this.owned.some(([{ options }]) => options?.settle || options?.dispose)
    return {
      ok: false,
      error: seen && new MyfyError('DI_ABORTED', 'The scope ended before its outcome was known.'),
    }
  }
}

/** An opening of which nothing has an end. */
export class NothingToDispose {
  declare readonly values: unknown
  constructor(values: unknown) {
    this.values = values
  }
  get disposable(): boolean {
    return false
  }
  settle(): void {}
  dispose(): void {}
}

/** Ends what a failed opening has built so far; then the failure goes out, as a rejection if the end takes time. */
export function abandon(lifetime: Lifetime, error: unknown): unknown {
  return run(
    (function* () {
      try {
        yield lifetime.dispose({ ok: false, error })
      } catch (suppressed) {
        if (error instanceof ProviderFailedError) error.suppressed = suppressed
      }
      throw error
    })(),
  )
}
