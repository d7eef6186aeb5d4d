/** What was built in one scope, and its end: settle once, then dispose, each in reverse order of construction. */
import type { Binding } from './binding.ts'
import { MyfyError } from './error.ts'
import type { Outcome } from './provider.ts'

/** True for a promise and anything else that can be awaited. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && value !== undefined && typeof (value as PromiseLike<unknown>).then === 'function'

/** The instance's own way to be disposed, if it has one. */
export const disposer = (instance: unknown): (() => unknown) | undefined =>
  instance === null || instance === undefined
    ? undefined
    : ((instance as AsyncDisposable)[Symbol.asyncDispose] ?? (instance as Disposable)[Symbol.dispose])

/** Whether a service has its own way to be disposed: of a class its methods tell, of a factory only the instance. */
export const disposable = ({ kind, make }: Binding, instance: unknown): boolean =>
  disposer(kind === 'class' ? (make as { prototype: unknown }).prototype : instance) !== undefined

/** The services of one scope that have to be settled or disposed, in order of construction. */
export class Lifetime {
  protected owners: Binding[]
  protected owned: unknown[]
  #outcome: Outcome | undefined
  #settling: void | Promise<void> = undefined
  #ending: void | Promise<void> = undefined
  /** True from the first call of `dispose`. */
  protected ended = false

  constructor(owners: Binding[], owned: unknown[]) {
    this.owners = owners
    this.owned = owned
  }

  settle(outcome: Outcome): void | Promise<void> {
    if (this.#outcome) return this.#settling
    this.#outcome = outcome
    const errors: unknown[] = []
    const { owners, owned } = this
    this.#settling = backwards(
      owners.length,
      (i) => owners[i]!.settle?.(owned[i], this.#outcome!),
      (error) => {
        errors.push(error)
        // Who settles after a failed commit must not commit either.
        if (this.#outcome!.ok) this.#outcome = { ok: false, error }
      },
      () => {
        if (errors.length === 1) throw errors[0]
        if (errors.length)
          throw new AggregateError(errors, `${errors.length} services failed to settle`, { cause: errors[0] })
      },
    )
    return this.#settling
  }

  /** Settles what was not settled, with `outcome` or as aborted (nothing commits by accident), then disposes. */
  dispose(outcome?: Outcome): void | Promise<void> {
    if (this.ended) return this.#ending
    this.ended = true
    const drained = this.drain()
    this.#ending = drained ? drained.then(() => this.#end(outcome)) : this.#end(outcome)
    return this.#ending
  }

  /** What has to be over before the end begins. */
  protected drain(): Promise<unknown> | undefined {
    return undefined
  }

  /** Lets go of everything. */
  protected forget(): void {
    this.owned = this.owners = []
  }

  #end(outcome?: Outcome): void | Promise<void> {
    const errors: unknown[] = []
    const failed = (error: unknown): void => void errors.push(error)
    const release = (): void | Promise<void> => this.#release(outcome ?? this.#outcome!, errors)
    try {
      const settling = this.#outcome
        ? // Its failure was for whoever settled: here it is only waited for.
          this.#settling?.catch(() => {})
        : this.settle(outcome ?? aborted(this.owners))
      if (settling) return settling.then(undefined, failed).then(release)
    } catch (error) {
      failed(error)
    }
    return release()
  }

  #release(outcome: Outcome, errors: unknown[]): void | Promise<void> {
    const { owners, owned } = this
    const names: string[] = []
    return backwards(
      owners.length,
      (i) => {
        const { dispose } = owners[i]!
        return dispose
          ? dispose(owned[i], outcome)
          : dispose === false
            ? undefined
            : disposer(owned[i])?.call(owned[i])
      },
      (error, i) => {
        names.push(owners[i]!.name)
        errors.push(error)
      },
      () => {
        this.forget()
        if (errors.length) throw new AggregateError(errors, `failed to end: ${names.join(', ')}`)
      },
    )
  }
}

/** The outcome of work that ended before its outcome was known; an error is made only when somebody can see it. */
const aborted = (owners: readonly Binding[]): Outcome => ({
  ok: false,
  error: owners.some((owner) => owner.settle || owner.dispose)
    ? new MyfyError('DI_ABORTED', 'The scope ended before the outcome of its work was known.')
    : undefined,
})

/** Runs `act` from the last to the first, one after the other, whatever fails; stays synchronous while it can. */
function backwards(
  count: number,
  act: (i: number) => unknown,
  failed: (error: unknown, i: number) => void,
  done: () => void,
): void | Promise<void> {
  for (let i = count - 1; i >= 0; i--) {
    try {
      const result = act(i)
      if (isThenable(result)) {
        return Promise.resolve(result)
          .then(undefined, (error) => failed(error, i))
          .then(() => backwards(i, act, failed, done))
      }
    } catch (error) {
      failed(error, i)
    }
  }
  done()
}
