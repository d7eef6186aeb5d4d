/** Lifetimes: the services of one scope, settled once and then disposed, each time in reverse order of construction. */

import { InvalidProviderError, NotSettledError, ProviderFailedError, ServicesFailedError } from '../errors.ts'
import type { Binding } from '../graph/binding.ts'
import type { Outcome } from '../providers/inject.ts'
import { clauseOf } from './describe-error.ts'
import { disposerOf, isPartOf } from './disposer.ts'
import type { Lifetimes, OpenCount } from './lifetimes.ts'
import { runSteps } from './run-steps.ts'

/** A service that a lifetime settles, disposes, or both. */
interface Owned {
  readonly binding: Binding
  readonly service: unknown
  /** True if the disposer of the instance is called. */
  readonly isOwner: boolean
}

/** The services of one scope that have to be settled or disposed, in order of construction. */
export class Lifetime {
  /** The services of an opening. */
  values: unknown
  owned: Owned[] = []
  protected phase: 'open' | 'ending' | 'ended' = 'open'
  readonly lifetimes: Lifetimes
  readonly #open: OpenCount
  #outcome: Outcome | undefined
  #settling: void | Promise<void> | undefined
  #disposing: void | Promise<void> | undefined

  constructor(lifetimes: Lifetimes, open: OpenCount, values?: unknown) {
    this.lifetimes = lifetimes
    this.#open = open
    this.values = values
    open.count++
  }

  get disposable(): boolean {
    return true
  }

  /**
   * Takes a service into ownership if it has to be settled or disposed. An instance has one owner: the first provider
   * that returns it. A factory that hands on an instance, or a part, of its dependencies does not own it.
   */
  adopt(binding: Binding, service: unknown, dependencies: readonly unknown[]): void {
    const { options, kind } = binding
    if (options?.dispose !== undefined || kind === 'value') {
      if (options?.dispose || options?.settle) this.owned.push({ binding, service, isOwner: false })
      return
    }
    const isOwner = !!disposerOf(service) && this.#owns(binding, service as object, dependencies)
    if (isOwner || options?.settle) this.owned.push({ binding, service, isOwner })
  }

  /** Marks an instance as owned, without disposing it: another container does. */
  own(service: unknown): void {
    if (disposerOf(service)) this.lifetimes.owners.set(service as object, this)
  }

  #owns(binding: Binding, service: object, dependencies: readonly unknown[]): boolean {
    const { owners, root } = this.lifetimes
    if (binding.kind === 'factory') {
      if (dependencies.some((dependency) => isPartOf(service, dependency))) return false
      if (binding.decorates && disposerOf(dependencies[0]) === disposerOf(service)) return false
      if (this.owned.some((owned) => owned.service === service)) return false
      const owner = owners.get(service)
      if (owner === root || owner === this) return false
      if (owner) throw ownedByAnother(binding)
    }
    // A class makes a new instance for each scope: only one that is shared can come back from a factory.
    if (binding.kind === 'factory' || this === root) owners.set(service, this)
    return true
  }

  settle(outcome: Outcome): void | Promise<void> {
    if (!this.#outcome) {
      this.#outcome = outcome
      this.#settling = runSteps(this.#settle())
    }
    return this.#settling as void | Promise<void>
  }

  /** Settles what is not settled, as failed unless an outcome is given: nothing commits by mistake. Then disposes. */
  dispose(outcome?: Outcome): void | Promise<void> {
    if (this.phase === 'open') {
      this.phase = 'ending'
      this.#disposing = runSteps(this.#dispose(outcome))
    }
    return this.#disposing as void | Promise<void>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  /** Returns what has to be awaited before anything is disposed. */
  protected drain(): unknown {
    return undefined
  }

  /** Releases all references. */
  protected forget(): void {
    this.phase = 'ended'
    this.owned = []
    this.#open.close()
  }

  *#settle(): Generator<unknown, void> {
    const errors: unknown[] = []
    for (const { binding, service } of this.owned.toReversed()) {
      try {
        yield binding.options?.settle?.(service, this.#outcome!)
      } catch (error) {
        errors.push(error)
        // A service that settles after a failed commit must not commit either.
        if (this.#outcome!.ok) this.#outcome = { ok: false, error }
      }
    }
    if (errors.length > 1)
      throw new ServicesFailedError(
        'MYFY_DI_SETTLE_FAILED',
        `Cannot settle ${errors.length} services: ${clauseOf(errors.map(messageOf).join('; '))}. Handle the errors in their settle functions.`,
        errors,
      )
    if (errors.length) throw errors[0]
  }

  *#dispose(outcome?: Outcome): Generator<unknown, void> {
    const errors: unknown[] = []
    const names: string[] = []
    yield this.drain()
    const settled = this.#outcome
    try {
      yield settled ? this.#settling : this.settle(outcome ?? this.#unknownOutcome())
    } catch (error) {
      // An error of a settlement that was requested belongs to its caller. Here it is only awaited.
      if (!settled) errors.push(error)
    }
    for (const { binding, service, isOwner } of this.owned.toReversed()) {
      const { name, options } = binding
      try {
        if (options?.dispose) yield options.dispose(service as never, outcome ?? this.#outcome!)
        else if (isOwner) yield disposerOf(service)?.call(service)
      } catch (error) {
        names.push(name)
        errors.push(error)
      }
      // A pool can hand the same instance to another scope from now on.
      if (isOwner) this.lifetimes.owners.delete(service as object)
    }
    this.forget()
    if (errors.length) throw disposeFailed(names, errors)
  }

  /** The outcome of work that ended before its outcome was known. */
  #unknownOutcome(): Outcome {
    const names = this.owned
      .filter(({ binding }) => binding.options?.settle)
      .map(({ binding }) => binding.name)
    if (names.length) this.lifetimes.warnNotSettled(this.#open.name, names)
    const isVisible = names.length || this.owned.some(({ binding }) => binding.options?.dispose)
    return {
      ok: false,
      error:
        isVisible &&
        new NotSettledError(
          'MYFY_DI_NOT_SETTLED',
          `Cannot commit the work of ${this.#open.name}: it ended before its outcome was known. Call settle(outcome) first.`,
        ),
    }
  }
}

const ownedByAnother = ({ name }: Binding) =>
  new InvalidProviderError(
    'MYFY_DI_INVALID_PROVIDER',
    `Cannot build ${name}: its factory returned an instance that another open scope disposes.`,
    [name],
    'If the instance belongs to a registry, set dispose: false. Otherwise return a new instance for each scope.',
  )

/** Returns the error of services that could not be disposed. */
export function disposeFailed(names: readonly string[], errors: readonly unknown[]): ServicesFailedError {
  const what = names.length ? names.join(', ') : 'a scope'
  return new ServicesFailedError(
    'MYFY_DI_DISPOSE_FAILED',
    `Cannot dispose ${what}: ${clauseOf(errors.map(messageOf).join('; '))}. Handle the errors in their disposers.`,
    errors,
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : typeof error)

/** An opening whose services have neither to be settled nor to be disposed. */
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
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Disposes what a failed opening has built. Then the error is thrown, as a rejection if that takes time. */
export function abandon(lifetime: Lifetime, error: unknown): unknown {
  return runSteps(
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
