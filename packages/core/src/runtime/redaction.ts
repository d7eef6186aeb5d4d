// The removal of secrets from what is logged: in fields, headers, messages, stacks and causes.

import { HIDDEN, HINT, PATTERNS, SECRET_KEY } from './secret-patterns.ts'
import { hasSource, replaceLiterals } from './terminal/source-literals.ts'
import { copyError, isError, property } from './thrown.ts'

/** Redactor removes secrets from log lines. */
export interface Redactor {
  /** Returns a text without secrets. */
  text(text: string): string
  /** Returns a value without secrets: itself if it has none, else a copy. */
  value(value: unknown): unknown
}

/** The shortest secret that is searched for in text. A shorter one would match ordinary words. */
const MIN_SECRET = 6
/** The limits of a walk through the fields of a line. */
const MAX_DEPTH = 8
const MAX_VALUES = 2_000
/** The number of names of fields that are remembered. Clients may choose some. */
const MAX_NAMES = 1_000

/**
 * Creates a redactor.
 *
 * @param secrets - further values that are secret wherever they occur: those of secret settings
 */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const searched = [...new Set(secrets.filter(({ length }) => length >= MIN_SECRET).flatMap(formsOf))]
  // The longest first: a part of it must not be all that is replaced.
  searched.sort((a, b) => b.length - a.length)
  const known = searched.length > 0 ? new RegExp(searched.map(escapePattern).join('|'), 'g') : undefined
  const text = (given: string): string => {
    let safe = known ? given.replace(known, HIDDEN) : given
    if (!HINT.test(safe)) return safe
    const isFramed = hasSource(safe)
    for (const [, pattern, replacement] of PATTERNS)
      safe = isFramed ? replaceLiterals(safe, pattern, replacement) : safe.replace(pattern, replacement)
    return safe
  }
  const names = new Map<string, FieldName>()
  const nameOf = (name: string): FieldName => {
    const known = names.get(name)
    if (known !== undefined) return known
    const found = { text: name.length < MIN_SECRET ? name : text(name), isSecret: isSecretKey(name) }
    if (names.size < MAX_NAMES) names.set(name, found)
    return found
  }
  return { text, value: (value) => redact(value, 0, { text, nameOf, left: MAX_VALUES, path: new Set() }) }
}

/** Removes what is recognizably secret from a text. */
export const redactText: (text: string) => string = createRedactor().text

/** Reports whether the value under a name is secret. */
export const isSecretKey = (name: string): boolean => SECRET_KEY.test(name)

/**
 * Returns the secrets among the variables of a process, as far as their names tell: for what is printed before an
 * application has read its settings.
 */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const passwords = [...value.matchAll(/:\/\/[^\s/?#:@]*:([^\s/?#]+)@/g)].map(
      ([, password = '']) => password,
    )
    // PWD and OLDPWD are directories.
    return isSecretKey(name) && !/^(?:OLD)?PWD$/.test(name) ? [value, ...passwords] : passwords
  })
}

/** Returns a secret as it is, inside of JSON, in a URL, and as base64. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(bytes.toString()),
    bytes.toString('base64').replace(/=+$/, ''),
  ]
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The name of a field. */
interface FieldName {
  /** The name without secrets. */
  readonly text: string
  /** True if the value is secret. */
  readonly isSecret: boolean
}

interface Walk {
  readonly text: (text: string) => string
  readonly nameOf: (name: string) => FieldName
  left: number
  /** The objects that are being read: a cycle ends there. */
  readonly path: Set<unknown>
}

function redact(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return walk.text(value)
  if (typeof value !== 'object' || value === null) return value
  if (walk.path.has(value)) return value
  // What was not read may contain a secret.
  if (depth > MAX_DEPTH || --walk.left < 0) return '[…]'
  walk.path.add(value)
  try {
    if (isError(value)) return redactError(value, depth, walk)
    if (Array.isArray(value)) return redactList(value, depth, walk)
    if (value instanceof Map) return redact(Object.fromEntries(value), depth, walk)
    if (value instanceof Set) {
      const list = [...value]
      const safe = redactList(list, depth, walk)
      return safe === list ? value : safe
    }
    if (value instanceof URL) return walk.text(value.href)
    const json = jsonOf(value)
    const safeJSON = redact(json, depth + 1, walk)
    if (safeJSON !== json) return safeJSON
    const plain = isPlain(value) ? value : plainOf(value)
    const safe = redactObject(plain, depth, walk)
    return safe === plain ? value : safe
  } catch {
    // A value that cannot be read cannot be logged either.
    return '[unreadable]'
  } finally {
    walk.path.delete(value)
  }
}

/** Returns what a class writes of itself as JSON, which may come of private fields; undefined if it writes its fields. */
function jsonOf(value: object): unknown {
  const { toJSON } = value as { toJSON?: unknown }
  const isPlainData = value instanceof Date || ArrayBuffer.isView(value)
  const json: unknown = typeof toJSON === 'function' && !isPlainData ? toJSON.call(value) : undefined
  return json === value ? undefined : json
}

/**
 * Returns the content of an object of the Fetch API, which has no enumerable properties; any other as it is. By name,
 * because the classes themselves are loaded when they are first mentioned.
 */
function plainOf(value: object): object {
  const { [Symbol.toStringTag]: tag } = value as { [Symbol.toStringTag]?: unknown }
  if (tag === 'Headers' || tag === 'URLSearchParams' || tag === 'FormData')
    return Object.fromEntries(value as Iterable<readonly [string, unknown]>)
  if (tag !== 'Request' && tag !== 'Response') return value
  const { method, status, url, headers } = value as Request & Response
  return tag === 'Request' ? { method, url, headers } : { status, url, headers }
}

function redactList(list: readonly unknown[], depth: number, walk: Walk): unknown {
  const copy = list.map((one) => redact(one, depth + 1, walk))
  // The raw headers of node:http: names and values, one after the other.
  for (let i = 0; i + 1 < copy.length; i += 2) if (isHeaderOfSecret(list[i])) copy[i + 1] = HIDDEN
  // Entries: pairs of a name and a value.
  if (list.every(isEntry))
    for (const [i, [name, value]] of list.entries())
      if (isSecretKey(name)) copy[i] = [name, hideAll(value, depth)]
  return copy.some((one, i) => one !== list[i]) ? copy : list
}

const isEntry = (one: unknown): one is readonly [string, unknown] =>
  Array.isArray(one) && one.length === 2 && typeof one[0] === 'string'

/** Reports whether a text is a header whose value is secret. A word alone, such as `token`, may be a word of a list. */
const isHeaderOfSecret = (name: unknown): boolean =>
  typeof name === 'string' &&
  (/^authorization$|^cookie$/i.test(name) ||
    (name.includes('-') && /^[\w-]+$/.test(name) && isSecretKey(name)))

function redactObject(object: object, depth: number, walk: Walk): object {
  const changed: Record<PropertyKey, unknown> = {}
  const keys = Object.keys(object)
  if (keys.some((key) => walk.nameOf(key).text !== key)) {
    const renamed: Record<string, unknown> = {}
    for (const key of keys) define(renamed, walk.nameOf(key).text, property(object, key), true)
    return redactObject(renamed, depth, walk)
  }
  // A header or parameter as `{ name, value }`.
  const name = keys.includes('value') ? (property(object, 'name') ?? property(object, 'key')) : undefined
  const isNamed = typeof name === 'string' && isSecretKey(name)
  for (const key of keys) {
    const own = property(object, key)
    const safe =
      walk.nameOf(key).isSecret || (isNamed && key === 'value')
        ? hideAll(own, depth)
        : redact(own, depth + 1, walk)
    if (safe !== own) define(changed, key, safe, true)
  }
  // The parts of a request of node:http, for example, which `util.inspect` shows.
  for (const key of Object.getOwnPropertySymbols(object)) {
    const own = property(object, key)
    const safe = isSecretKey(key.description ?? '') ? hideAll(own, depth) : redact(own, depth + 1, walk)
    if (safe !== own) define(changed, key, safe, Object.prototype.propertyIsEnumerable.call(object, key))
  }
  // The headers of a request of node:http are a getter of its class.
  const headers = keys.includes('headers') ? undefined : property(object, 'headers')
  if (headers !== undefined && typeof headers === 'object' && headers !== null) {
    const safe = redact(headers, depth + 1, walk)
    if (safe !== headers) define(changed, 'headers', safe, false)
  }
  if (Reflect.ownKeys(changed).length === 0) return object
  if (isPlain(object)) return { ...object, ...changed }
  // Everything else of a class instance is read from the original.
  return Object.create(object, Object.getOwnPropertyDescriptors(changed)) as object
}

/** Returns a copy of an error without secrets, of the same class; the error itself if it has none. */
function redactError(error: Error, depth: number, walk: Walk): Error {
  const changed: Record<string, unknown> = {}
  for (const key of ['message', 'stack', 'cause', 'errors', ...Object.keys(error)]) {
    const own = property(error, key)
    if (own === undefined || Object.hasOwn(changed, key)) continue
    const safe = isSecretKey(key) ? hideAll(own, depth) : redact(own, depth + 1, walk)
    if (safe !== own) define(changed, key, safe, Object.prototype.propertyIsEnumerable.call(error, key))
  }
  if (Object.getOwnPropertyNames(changed).length === 0) return error
  return copyError(error, Object.getOwnPropertyDescriptors(changed))
}

/** Hides the texts and numbers of a secret value, and keeps the rest of its form. */
function hideAll(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value === '' ? value : HIDDEN
  if (typeof value === 'number' || typeof value === 'bigint') return HIDDEN
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((one) => hideAll(one, depth + 1))
  return Object.fromEntries(Object.keys(value).map((key) => [key, hideAll(property(value, key), depth + 1)]))
}

function define(target: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null
}
