// Values of one request, by typed keys.

/** The key of a value in {@link Locals}. `T` is the type of the value. */
export class Local<T> {
  /** The name, for people. */
  readonly name: string
  /** The type of the value. It has no value at run time. */
  declare readonly '~value': T

  /** Use {@link local}. */
  constructor(name: string) {
    this.name = name
  }
}

/**
 * Creates the key of a value that middleware sets, and that handlers and services read with its type.
 *
 * @example
 * ```ts
 * import { defineRoutes, local, type Middleware } from '@myfy/web'
 *
 * const language = local<'de' | 'en'>('language')
 *
 * const chooseLanguage: Middleware = ({ header, locals }, next) => {
 *   locals.set(language, header('accept-language')?.startsWith('de') ? 'de' : 'en')
 *   return next()
 * }
 *
 * export const greeting = defineRoutes('/greeting', { middleware: [chooseLanguage] }, (route) => {
 *   route.get('/', ({ locals }) => (locals.get(language) === 'de' ? 'Hallo' : 'Hello'))
 * })
 * ```
 */
export const local = <T>(name: string): Local<T> => new Local<T>(name)

/** The values of one request: a Map whose typed keys are created by {@link local}. */
export interface Locals extends Map<unknown, unknown> {
  /** Returns the value of a key; undefined if it is not set. */
  get<K>(key: K): K extends Local<infer T> ? T | undefined : unknown
  /** Sets the value of a key. */
  set<K>(key: K, value: K extends Local<infer T> ? T : unknown): this
}
