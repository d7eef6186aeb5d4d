/** Tokens: the identities under which services are registered and injected. */

/**
 * The lifetime of a service: `singleton` as long as the container, `request` and `task` as long as one scope of that
 * kind, `work` as long as one scope of either kind, `transient` as long as the service it is injected into.
 */
export type Scope = 'singleton' | 'work' | 'request' | 'task' | 'transient'

/** The scopes that are opened and disposed many times during the life of a container. */
export type ShortScope = 'request' | 'task'

/** A class that can be constructed. */
// biome-ignore lint/suspicious/noExplicitAny: a constraint over every parameter list; `unknown[]` would refuse them all
export type Class<T = unknown, A extends any[] = any[]> = new (...args: A) => T

/** An abstract or concrete class. */
// biome-ignore lint/suspicious/noExplicitAny: as for Class
export type AbstractClass<T = unknown> = abstract new (...args: any[]) => T

/** A class as a token. Its constructor may be abstract, protected or private. */
export type ClassToken<T = unknown> = AbstractClass<T> | { readonly prototype: T }

/** Marks the tokens and markers of every copy of this package. */
export const COPY: unique symbol = Symbol.for('@myfy/di') as never

/**
 * The identity of a service that is not a class: an interface, a function, a value. Two tokens are equal if they are the
 * same object, or the same qualifier of the same token. Equal names do not make equal tokens.
 *
 * `Bound` is the short-lived scope that the service is known to live in: `never` for none, `unknown` if only `build`
 * can tell.
 */
export class Token<T, out Bound = unknown> {
  /** The type of the service. Exists only for the compiler. */
  declare protected readonly _type: T
  /** The scope of the service. Exists only for the compiler. */
  declare protected readonly _bound: Bound
  /** The name of the service in errors and graphs. */
  declare readonly name: string
  /** The token that this one qualifies. */
  declare readonly base: Token<unknown> | ClassToken | undefined
  /** The qualifier, if the token has a base. */
  declare readonly qualifier: string | undefined

  /** Makes a token. Applications use `token()`, `seed()`, `named()` or a provider function. */
  constructor(name: string, base?: Token<unknown> | ClassToken, qualifier?: string) {
    this.name = name
    this.base = base
    this.qualifier = qualifier
  }

  /** Returns the token of another service of the same type: `database.named('replica')`. Equal qualifiers are one token. */
  named(qualifier: string): Token<T> {
    return new Token(`${this.name}:${qualifier}`, this as Token<unknown>, qualifier)
  }

  /** @internal */
  get [COPY](): true {
    return true
  }

  /** Returns the name, for errors. @internal */
  toString(): string {
    return this.name || 'a token without a name'
  }
}

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

/** The token of a class under a qualifier. The container can construct the class, as it can for the class itself. */
export type NamedClass<C extends Class> = Token<InstanceType<C>> & { readonly base: C }

/** Returns the token of a class under a qualifier: `named(Database, 'replica')`. */
export function named<C extends Class>(base: C, qualifier: string): NamedClass<C>
/** Returns the token of an abstract class, or of another token, under a qualifier. */
export function named<T>(base: Token<T> | ClassToken<T>, qualifier: string): Token<T>
export function named(base: Token<unknown> | ClassToken, qualifier: string): Token<unknown> {
  return new Token(`${nameOf(base)}:${qualifier}`, base, qualifier)
}

/** Returns the name of a token. A class whose static `name` is not a string is named as its source names it. */
export function nameOf(token: unknown): string {
  const isFunction = typeof token === 'function'
  const name = isFunction ? functionName(token) : (token as { name?: unknown } | undefined)?.name
  if (typeof name === 'string' && name) return name
  const text = isFunction ? (isClass(token) ? 'class' : 'function') : safeText(token)
  return String(NAMELESS.get(text) ?? text)
}

const NAMELESS: ReadonlyMap<string, string> = new Map([
  ['class', 'a class without a name'],
  ['function', 'a function without a name'],
  ['[object Object]', 'an object without a name'],
])

/** Reports whether a value is a class: the only function whose `prototype` is read-only. */
export const isClass = (value: unknown): value is ClassToken =>
  typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false

/** Returns the name of a function or class, even of a class with a static member `name`; empty if it has none. */
export function functionName(make: unknown): string {
  const { name } = make as { readonly name?: unknown }
  if (typeof name === 'string') return name
  const [, named = ''] = /^class\s+([\w$]+)/.exec(Function.prototype.toString.call(make)) ?? []
  return named
}

/** Returns the text of any value, even of one whose `toString` is missing or throws. */
export function safeText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** A value for one scope, made by `seed.of(value)`. */
export interface SeedValue {
  /** The seed. */
  readonly seed: Seed<unknown, unknown>
  /** The value. */
  readonly value: unknown
}

/** The token of a value that is given to each scope from outside: the request itself, the message of a task. */
export class Seed<T, out Bound = never> extends Token<T, Bound> {
  /** The scopes that the value is given to. */
  declare readonly scope: ShortScope | 'work'

  /** Makes a seed. Applications use `seed()`. */
  constructor(scope: ShortScope | 'work', name: string) {
    super(name)
    this.scope = scope
  }

  /** Returns the value for one scope: `container.createScope('request', [HttpRequest.of(request)])`. */
  of(value: T): SeedValue {
    return { seed: this as Seed<unknown, unknown>, value }
  }
}

/**
 * Makes a seed: a service that is given to a scope instead of being built by it.
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
/** Makes a seed of task scopes. */
export function seed<T>(scope: 'task', name: string): Seed<T, 'task'>
/** Makes a seed of request and task scopes. */
export function seed<T>(scope: 'work', name: string): Seed<T, 'work'>
export function seed<T>(scope: ShortScope | 'work', name: string): Seed<T, Scope> {
  return new Seed(scope, name)
}
