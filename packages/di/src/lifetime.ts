/** What was built in one scope, and its end: settle once, then dispose, each in reverse order of construction. */
import type { Binding } from './binding.ts'
import { MyfyError } from './error.ts'
import type { Outcome } from './provider.ts'

/** True for a promise and anything else that can be awaited. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'

/** An instance's own way to be disposed, if it has one. */
export const disposer = (instance: unknown): (() => unknown) | undefined =>
  (instance as AsyncDisposable | undefined)?.[Symbol.asyncDispose] ??
  (instance as Disposable | undefined)?.[Symbol.dispose]

/** Whether a service has to be kept for its end: of a class its methods tell, of a factory only the instance. */
export const hasEnd = ({ kind, make, options }: Binding, instance: unknown): boolean =>
  !!(
    options?.dispose ?? disposer(kind === 'class' ? (make as { prototype: unknown }).prototype : instance)
  ) || !!options?.settle

/** A service that its factory was given and hands on: it is told how the work ended, and never disposed. */
export class Lent {
  readonly service: unknown
  constructor(service: unknown) {
    this.service = service
  }
}

/** What a lifetime keeps of a service that was built from others. */
export const kept = ({ kind, options }: Binding, service: unknown, given: readonly unknown[]): unknown =>
  kind === 'factory' && options?.dispose === undefined && given.includes(service)
    ? new Lent(service)
    : service

/** The services of one scope that have to be settled or disposed, in order of construction. */
export class Lifetime {
  /** What an opening gives out. */
  values: unknown
  owners: readonly Binding[]
  owned: readonly unknown[]
  protected ended = false
  #outcome: Outcome | undefined
  #settling: void | Promise<void> = void 0
  #ending: void | Promise<void> = void 0

  constructor(owners: readonly Binding[], owned: readonly unknown[], values?: unknown) {
    this.owners = owners
    this.owned = owned
    this.values = values
  }

  get disposable(): boolean {
    return true
  }

  settle(outcome: Outcome): void | Promise<void> {
    if (!this.#outcome) {
      this.#outcome = outcome
      const errors: unknown[] = []
      this.#settling = this.#backwards(
        ({ options }, service) =>
          options?.settle?.(service instanceof Lent ? service.service : service, this.#outcome!),
        (error) => {
          errors.push(error)
          // Who settles after a failed commit must not commit either.
          if (this.#outcome!.ok) this.#outcome = { ok: false, error }
        },
        () => {
          if (errors.length > 1) throw new AggregateError(errors, 'failed to settle', { cause: errors[0] })
          if (errors.length) throw errors[0]
        },
      )
    }
    return this.#settling
  }

  /** Settles what was not settled, with `outcome` or as aborted (nothing commits by accident), then disposes. */
  dispose(outcome?: Outcome): void | Promise<void> {
    if (!this.ended) {
      this.ended = true
      const busy = this.drain()
      this.#ending = busy ? busy.then(() => this.#end(outcome)) : this.#end(outcome)
    }
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
    const names: string[] = []
    const release = (): void | Promise<void> =>
      this.#backwards(
        ({ options }, service) =>
          options?.dispose
            ? options.dispose(service, outcome ?? this.#outcome!)
            : (options?.dispose ?? disposer(service)?.call(service)),
        (error, { name }) => {
          names.push(name)
          errors.push(error)
        },
        () => {
          this.forget()
          if (errors.length) throw new AggregateError(errors, `failed to end: ${names.join(', ')}`)
        },
      )
    try {
      const settling = this.#outcome
        ? // Its failure was for whoever settled: here it is only waited for.
          this.#settling?.catch(() => {})
        : this.settle(outcome ?? this.#aborted())
      if (settling) return settling.then(undefined, (error) => errors.push(error)).then(release)
    } catch (error) {
      errors.push(error)
    }
    return release()
  }

  /** The outcome of work that ended before its outcome was known; an error is made only when somebody can see it. */
  #aborted(): Outcome {
    const seen = this.owners.some(({ options }) => options?.settle || options?.dispose)
    return {
      ok: false,
      error: seen && new MyfyError('DI_ABORTED', 'The scope ended before its outcome was known.'),
    }
  }

  /** Runs `act` from the last service to the first, whatever fails; stays synchronous while it can. */
  #backwards(
    act: (owner: Binding, service: unknown) => unknown,
    failed: (error: unknown, owner: Binding) => void,
    done: () => void,
    from = this.owners.length,
  ): void | Promise<void> {
    const { owners, owned } = this
    for (let i = from - 1; i >= 0; i--) {
      try {
        const result = act(owners[i]!, owned[i])
        if (isThenable(result)) {
          return Promise.resolve(result)
            .then(undefined, (error) => failed(error, owners[i]!))
            .then(() => this.#backwards(act, failed, done, i))
        }
      } catch (error) {
        failed(error, owners[i]!)
      }
    }
    done()
  }
}

/** An opening of which nothing has an end. */
export class Free {
  readonly values: unknown
  constructor(values: unknown) {
    this.values = values
  }
  get disposable(): boolean {
    return false
  }
  settle(): void {}
  dispose(): void {}
}
