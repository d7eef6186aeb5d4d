/** Tokens: the names under which services are asked for. */

/** How long a service lives: the application, one request, one task, or one injection. */
export type Scope = 'singleton' | 'request' | 'task' | 'transient'

/** The scopes that are opened and ended many times in the life of an application. */
export type ShortScope = 'request' | 'task'

/** A class that can be constructed. */
// biome-ignore lint/suspicious/noExplicitAny: a constraint over every parameter list; `unknown[]` would refuse them all
export type Class<T = unknown, A extends any[] = any[]> = new (...args: A) => T

/** A class as a token: also an abstract one. */
// biome-ignore lint/suspicious/noExplicitAny: as for Class
export type AbstractClass<T = unknown> = abstract new (...args: any[]) => T

/** Tells a token of another copy of this package from any other object. */
const COPY = Symbol.for('@myfy/di')

/**
 * The name of a service that is not a class: an interface, a function, a value. Two tokens are equal when they are
 * the same object (or the same qualifier of the same token), never because their names are.
 *
 * `Bound` is the short scope the service is known to live in, `never` for none, `unknown` when only `build` can tell.
 */
export class Token<T, out Bound = unknown> {
  /** Only for the compiler: what the token stands for. */
  declare protected readonly _type: T
  /** Only for the compiler: the scope it is bound to. */
  declare protected readonly _bound: Bound
  /** How the service is called in errors and graphs. */
  declare readonly name: string
  /** The token this one qualifies. */
  declare readonly base: Token<unknown> | AbstractClass | undefined
  /** What tells this token from others of the same base. */
  declare readonly qualifier: string | undefined
  #hint = 0

  /** Use `token()`, `seed()`, `named()` or a provider function. */
  constructor(name: string, base?: Token<unknown> | AbstractClass, qualifier?: string) {
    this.name = name
    this.base = base
    this.qualifier = qualifier
  }

  /** Tells two services of one type apart: `database.named('replica')`; the same qualifier is the same token. */
  named(qualifier: string): Token<T> {
    return named(this as Token<T>, qualifier)
  }

  /** @internal */
  get [COPY](): true {
    return true
  }

  /**
   * Its place in the container that met it first: there, and in any in which it has the same, it is not looked up.
   * @internal
   */
  get hint(): number {
    return this.#hint
  }
  /** @internal */
  set hint(place: number) {
    this.#hint = place
  }
}

/** True for a token that another copy of the package made. */
export const isForeign = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && COPY in value && !(value instanceof Token)

/**
 * Makes a token for an interface or a value.
 *
 * @example
 * ```ts
 * import { createContainer, token } from '@myfy/di'
 *
 * interface Mailer { send(to: string): void }
 * const Mailer = token<Mailer>('Mailer')
 * const container = createContainer().register(Mailer, { value: { send() {} } }).build()
 * container.get(Mailer).send('ada@example.org')
 * ```
 */
export const token = <T>(name: string): Token<T> => new Token(name)

/** The token of a class (or another token) under a qualifier: `named(Database, 'replica')`. */
export const named = <T>(base: Token<T> | AbstractClass<T>, qualifier: string): Token<T> =>
  new Token(`${base.name}:${qualifier}`, base, qualifier)

/** A value for one scope, as `seed.of(value)` makes it. */
export interface SeedValue {
  /** The seed the value is for. */
  readonly seed: Seed<unknown>
  /** The value. */
  readonly value: unknown
}

/** The token of a value that comes from outside with each scope: the request itself, the message of a task. */
export class Seed<T, out Bound = unknown> extends Token<T, Bound> {
  /** The scope the value comes with. */
  declare readonly scope: ShortScope

  /** Use `seed()`. */
  constructor(scope: ShortScope, name: string) {
    super(name)
    this.scope = scope
  }

  /** The value for one scope: `container.createScope('request', [HttpRequest.of(request)])`. */
  of(value: T): SeedValue {
    return { seed: this as Seed<unknown>, value }
  }
}

/**
 * Makes a seed: a service that is not built but given when a scope is opened.
 *
 * @example
 * ```ts
 * import { createContainer, request, seed } from '@myfy/di'
 *
 * const UserId = seed<number>('request', 'UserId')
 * const greeting = request({ id: UserId }, ({ id }) => `hello ${id}`)
 * const scope = createContainer().build().createScope('request', [UserId.of(7)])
 * scope.get(greeting) // 'hello 7'
 * ```
 */
export function seed<T>(scope: 'request', name: string): Seed<T, 'request'>
/** Makes a seed that comes with a task. */
export function seed<T>(scope: 'task', name: string): Seed<T, 'task'>
export function seed<T>(scope: ShortScope, name: string): Seed<T, ShortScope> {
  return new Seed(scope, name)
}
