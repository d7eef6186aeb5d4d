/** The errors of the package. */

/**
 * The base of every error that a myfy package throws. `name` is the name of the class.
 *
 * @example
 * ```ts
 * import { MyfyError } from '@myfy/di'
 *
 * try {
 *   throw new MyfyError('DEMO', 'it failed')
 * } catch (error) {
 *   if (error instanceof MyfyError) console.error(error.code)
 * }
 * ```
 */
export class MyfyError extends Error {
  /** The kind of problem, stable across releases: `'MYFY_DI_MISSING_PROVIDER'`. */
  declare readonly code: string

  /** Makes an error with a stable code, a message and a cause. */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    // A bundler renames a class that refers to itself: `_MyfyError`.
    this.name = new.target.name.replace(/^_/, '')
    this.code = code
  }
}

/** The base of the errors of this package. It adds the path from the entry point to the provider at fault. */
export class DependencyError extends MyfyError {
  /** The path, outermost first, with scopes in brackets: `['GET /users', 'Users', 'Session (request)']`. */
  declare readonly path: readonly string[]

  /** Makes an error of a sentence, a path and a fix. Each is a line of the message. */
  constructor(
    code: string,
    sentence: string,
    path: readonly string[],
    fix = '',
    options?: { cause?: unknown },
  ) {
    super(code, [sentence, path.join(' → '), fix].filter(Boolean).join('\n  '), options)
    this.path = path
  }
}

/**
 * A dependency has no provider: `MYFY_DI_MISSING_PROVIDER`, for a seed without a value `MYFY_DI_MISSING_SEED`. An
 * override or decorator of a token that nothing provides: `MYFY_DI_UNUSED_OVERRIDE`.
 */
export class MissingProviderError extends DependencyError {}

/** Services depend on each other in a circle: `MYFY_DI_CIRCULAR_DEPENDENCY`. */
export class CircularDependencyError extends DependencyError {}

/** A service depends on a shorter-lived one, or is used outside its scope: `MYFY_DI_SCOPE`. */
export class ScopeError extends DependencyError {}

/** A token is registered twice: `MYFY_DI_DUPLICATE_PROVIDER`. A file is loaded twice: `MYFY_DI_LOADED_TWICE`. */
export class DuplicateProviderError extends DependencyError {}

/** A registration is invalid: `MYFY_DI_INVALID_PROVIDER`, `MYFY_DI_UNDEFINED_TOKEN`, `MYFY_DI_TWO_COPIES`. */
export class InvalidProviderError extends DependencyError {}

/** A factory or constructor threw: `MYFY_DI_PROVIDER_FAILED`. The error that it threw is the `cause`. */
export class ProviderFailedError extends DependencyError {
  /** The error of disposing the services that were already built, if that failed as well. */
  declare suppressed?: unknown
}

/** A synchronous `get` needs a service that is built asynchronously: `MYFY_DI_ASYNC_PROVIDER`. */
export class AsyncProviderError extends DependencyError {}

/**
 * The container or scope is in the wrong state: `MYFY_DI_NOT_BUILT`, `MYFY_DI_ALREADY_BUILT`, `MYFY_DI_DISPOSED`,
 * `MYFY_DI_OPEN_SCOPES`.
 */
export class ContainerStateError extends MyfyError {}

/** Several services could not be settled or disposed: `MYFY_DI_SETTLE_FAILED`, `MYFY_DI_DISPOSE_FAILED`. */
export class ServicesFailedError extends MyfyError {
  /** The errors, in the order in which the services failed. */
  declare readonly errors: readonly unknown[]

  /** Makes one error of those of several services. */
  constructor(code: string, message: string, errors: readonly unknown[]) {
    super(code, message, { cause: errors[0] })
    this.errors = errors
  }
}

/** The scope ended before the outcome of its work was known: `MYFY_DI_NOT_SETTLED`. */
export class NotSettledError extends MyfyError {}

/** Every problem of a graph that cannot be built: `MYFY_DI_INVALID_GRAPH`. */
export class GraphError extends MyfyError {
  readonly #problems: readonly MyfyError[]

  /** Makes one error of many problems. */
  constructor(problems: readonly MyfyError[]) {
    const list = problems.map(({ message }, i) => `${i + 1}. ${message.replaceAll('\n', '\n ')}`)
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    super('MYFY_DI_INVALID_GRAPH', [`Cannot build the container: ${count} in the graph.`, ...list].join('\n'))
    this.#problems = problems
  }

  /** One error for each problem. Not enumerable, because the message contains them all. */
  get problems(): readonly MyfyError[] {
    return this.#problems
  }
}
