/** The construction of one service: the call of its provider, the promise of it, and its failure. */
import { AsyncProviderError, ProviderFailedError } from '../errors.ts'
import type { Binding } from '../graph/binding.ts'
import { pathsOf } from '../graph/graph-issues.ts'
import { clauseOf, describeError } from './describe-error.ts'

/** Calls the constructor or factory of a binding. An entry point or a list is its services themselves. */
export function call({ kind, keys, run }: Binding, services: readonly unknown[]): unknown {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments of a provider are checked where it is written
  const maker = run as any
  const args = keys ? [Object.fromEntries(keys.map((key, i) => [key, services[i]]))] : services
  return kind === 'class' ? new maker(...args) : kind === 'factory' ? maker(...args) : keys ? args[0] : args
}

/** A service that is built asynchronously, because the factory of `binding` has returned a promise. */
export class Pending {
  readonly binding: Binding
  readonly promise: Promise<unknown>
  /** The service, after the promise is fulfilled. */
  service: unknown
  /** True if a caller waits for it, and so receives its error. */
  isAwaited = false

  constructor(binding: Binding, promise: Promise<unknown>) {
    this.binding = binding
    this.promise = promise.then((service) => {
      this.service = service
    })
  }
}

/** Thrown when a service cannot be built. It becomes an error with the path from the token that was requested. */
export class BuildFailure {
  readonly binding: Binding
  readonly cause: unknown
  constructor(binding: Binding, cause: unknown) {
    this.binding = binding
    this.cause = cause
  }
}

/** The cause of a failure to return a service synchronously. */
export const ASYNC = Symbol('async')

/** Returns the error of a failure, with the path from the token that was requested. */
export function failed(error: unknown, from: Binding): unknown {
  if (!(error instanceof BuildFailure)) return error
  const { binding, cause } = error
  const path = pathsOf([from])(binding)
  return cause === ASYNC
    ? new AsyncProviderError(
        'MYFY_DI_ASYNC_PROVIDER',
        `Cannot get ${from.name} synchronously: ${binding.name} is built asynchronously and is not ready.`,
        path,
        'Await resolve(…), or prepare() of the plan, first. For a lazy handle, inject deferred(…) and await its resolve().',
      )
    : new ProviderFailedError(
        'MYFY_DI_PROVIDER_FAILED',
        `Cannot build ${binding.name}: its ${binding.kind === 'class' ? 'constructor' : 'factory'} threw ${clauseOf(describeError(cause))}.`,
        path,
        'Handle the error there, or correct what causes it.',
        { cause },
      )
}
