/** The errors of the package: each has a code, the path that leads to it, and the remedy. */

/**
 * The base of every error that a myfy package throws. `name` is the name of the class.
 *
 * @example
 * ```ts
 * import { MyfyError } from '@myfy/di'
 *
 * try {
 *   throw new MyfyError('DEMO', 'it went wrong')
 * } catch (error) {
 *   if (error instanceof MyfyError) console.error(error.code)
 * }
 * ```
 */
export class MyfyError extends Error {
  /** What kind of problem this is, stable across releases: `'DI_MISSING_PROVIDER'`. */
  declare readonly code: string

  /** Makes an error with a stable code, a sentence, and what caused it. */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    // A bundler renames a class that speaks of itself: `_MyfyError`.
    this.name = new.target.name.replace(/^_/, '')
    this.code = code
  }
}

/** The base of the errors of this package: it adds the path from the entry point to the place at fault. */
export class DependencyError extends MyfyError {
  /** The way to the fault, outermost first, scopes in brackets: `['GET /users', 'Users', 'Session (request)']`. */
  declare readonly path: readonly string[]

  /** Makes an error from a sentence, a path and a remedy; each gets a line of the message. */
  constructor(
    code: string,
    sentence: string,
    path: readonly string[],
    remedy = '',
    options?: { cause?: unknown },
  ) {
    super(code, [sentence, path.join(' → '), remedy].filter(Boolean).join('\n  '), options)
    this.path = path
  }
}

/** Something is injected that nobody provides: `DI_MISSING_PROVIDER`, or `DI_MISSING_SEED` for a seed not given. */
export class MissingProviderError extends DependencyError {}

/** Services need each other in a circle: `DI_CIRCULAR_DEPENDENCY`. */
export class CircularDependencyError extends DependencyError {}

/** A longer-lived service needs a shorter-lived one, or a scope is used that is not there: `DI_SCOPE`. */
export class ScopeError extends DependencyError {}

/** One token was registered twice: `DI_DUPLICATE_PROVIDER`. */
export class DuplicateProviderError extends DependencyError {}

/** A registration that cannot work: `DI_INVALID_PROVIDER`, `DI_UNDEFINED_TOKEN`, `DI_TWO_COPIES`. */
export class InvalidProviderError extends DependencyError {}

/** A factory or constructor threw: `DI_PROVIDER_FAILED`. What it threw is the `cause`. */
export class ProviderFailedError extends DependencyError {
  /** What went wrong while the services that were already built were disposed, if anything. */
  declare suppressed?: unknown
}

/** A synchronous `get` met a service that is built asynchronously: `DI_ASYNC_PROVIDER`. */
export class AsyncProviderError extends DependencyError {}

/** The container or scope is in the wrong state: `DI_NOT_BUILT`, `DI_ALREADY_BUILT`, `DI_DISPOSED`. */
export class ContainerStateError extends MyfyError {}

/** What `build` throws: every problem of the graph at once, `DI_INVALID_GRAPH`. */
export class GraphError extends MyfyError {
  readonly #problems: readonly MyfyError[]

  /** Makes one error of many problems. */
  constructor(problems: readonly MyfyError[]) {
    const list = problems.map(({ message }, i) => `${i + 1}. ${message.replaceAll('\n', '\n ')}`)
    super('DI_INVALID_GRAPH', [`${list.length} problem(s) in the graph:`, ...list].join('\n'))
    this.#problems = problems
  }

  /** One error for each problem found. Not enumerable: the message tells them all once. */
  get problems(): readonly MyfyError[] {
    return this.#problems
  }
}
