// The removal of secrets from what is logged: in fields, headers, messages, stacks and causes.

import { isError, property } from './thrown.ts'

/** Redactor removes secrets from log lines. */
export interface Redactor {
  /** Returns a text without secrets. */
  text(text: string): string
  /** Returns a value without secrets: itself if it has none, else a copy. */
  value(value: unknown): unknown
}

/** The mark in the place of a secret. */
const HIDDEN = '***'
/** The shortest secret that is searched for in text. A shorter one would match ordinary words. */
const MIN_SECRET = 6
/** The limits of a walk through the fields of a line. */
const MAX_DEPTH = 8
const MAX_VALUES = 2_000

/** Names of fields, headers and parameters whose values are secret. */
const SECRET_KEY =
  /^(?:.*[-_.])?(?:proxy-)?(?:authorization|cookie|cookies|jwt|otp|pin|cvv|cvc|ssn|sig)$|pass(?:word|wd|phrase)|pwd$|secret|tokens?$|(?:api|access|private|signing|encryption)[-_]?key|credential|signature|dsn$|session[-_]?id$/i

/**
 * Text that is secret wherever it stands, and its replacement. Clients choose much of what is logged: no pattern may begin
 * with an unbounded repetition, which would make the time quadratic in the length of the text.
 */
const PATTERNS: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // Credentials in a URL: the last `@` before the path ends them.
  [/\b([a-z][a-z\d+.-]{0,20}:\/\/)([^\s/?#:@'"]*):[^\s/?#'"]*@/gi, `$1$2:${HIDDEN}@`],
  [/\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#:@'"]{16,}@/gi, `$1${HIDDEN}@`],
  [/\b((?:set-)?cookie['"]?\s*[:=]\s*['"]?)[^\r\n'"]+/gi, `$1${HIDDEN}`],
  [/\b((?:proxy-)?authorization['"]?\s*[:=]\s*['"]?)[^\r\n'",]+/gi, `$1${HIDDEN}`],
  [/\b(Bearer\s+)[\w+/.~-]{6,}=*/gi, `$1${HIDDEN}`],
  [/\b(Basic\s+)(?=[A-Za-z\d+/]*[\dA-Z=])[A-Za-z\d+/]{8,}={0,2}/g, `$1${HIDDEN}`],
  [/\beyJ[\w-]{6,2000}\.[\w-]+\.?[\w-]*/g, HIDDEN],
  [/\b(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant)[-_])?[\w-]{16,}/g, HIDDEN],
  [
    /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|npm_|whsec_|hvs\.|dop_v1_|shpat_|SG\.)[\w.-]{8,}/g,
    HIDDEN,
  ],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b|\bAIza[\w-]{30,}/g, HIDDEN],
  // `password=…`, `"apiKey": "…"`, and the parameters of a query. `Cannot read API_KEY: it is not set` is a sentence of
  // an error, which never contains the value.
  [
    /((?:pass(?:word|wd|phrase)|pwd|secret|(?:api|access|private|signing|account)[-_]?key|credentials?|signature)["']?\s*[=:]\s*["']?)(?<!\bCannot (?:read|build|register|override|configure) \w{1,60}: )[^\s"'&,;)}\]]+/gi,
    `$1${HIDDEN}`,
  ],
  [/((?:token|sig|jwt|session[-_]?id)["']?=["']?)[^\s"'&,;)}\]]+/gi, `$1${HIDDEN}`],
  // `token: Mailer` is a sentence; `token: 8f3a…` is a secret.
  [
    /((?:token|jwt|session[-_]?id)["']?\s*:\s*["']?)(?=[^\s"',;]{0,200}\d)[^\s"'&,;)}\]]{8,}/gi,
    `$1${HIDDEN}`,
  ],
]

/**
 * Creates a redactor.
 *
 * @param secrets - further values that are secret wherever they occur: those of secret settings
 */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const searched = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET)
  // The longest first: a part of it must not be all that is replaced.
  searched.sort((a, b) => b.length - a.length)
  const known = searched.length > 0 ? new RegExp(searched.map(escapePattern).join('|'), 'g') : undefined
  const text = (given: string): string => {
    let safe = known ? given.replace(known, HIDDEN) : given
    for (const [pattern, replacement] of PATTERNS) safe = safe.replace(pattern, replacement)
    return safe
  }
  return { text, value: (value) => redact(value, 0, { text, left: MAX_VALUES, path: new Set() }) }
}

/** Removes what is recognizably secret from a text. */
export const redactText: (text: string) => string = createRedactor().text

/** Reports whether the value under a name is secret. */
export const isSecretKey = (name: string): boolean => SECRET_KEY.test(name)

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

interface Walk {
  readonly text: (text: string) => string
  left: number
  /** The objects that are being read: a cycle ends there. */
  readonly path: Set<unknown>
}

function redact(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return walk.text(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH || --walk.left < 0 || walk.path.has(value)) return value
  walk.path.add(value)
  try {
    if (isError(value)) return redactError(value, depth, walk)
    if (Array.isArray(value)) return redactList(value, depth, walk)
    if (value instanceof Map) return redact(Object.fromEntries(value), depth, walk)
    if (value instanceof URL) return walk.text(value.href)
    return redactObject(value, depth, walk)
  } catch {
    // A value that cannot be read cannot be logged either.
    return '[unreadable]'
  } finally {
    walk.path.delete(value)
  }
}

function redactList(list: readonly unknown[], depth: number, walk: Walk): unknown {
  const copy = list.map((one) => redact(one, depth + 1, walk))
  // The raw headers of node:http: names and values, one after the other.
  for (let i = 0; i + 1 < copy.length; i += 2) {
    const name = list[i]
    if (typeof name === 'string' && /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i.test(name))
      copy[i + 1] = HIDDEN
  }
  return copy.some((one, i) => one !== list[i]) ? copy : list
}

function redactObject(object: object, depth: number, walk: Walk): object {
  const changed: Record<string, unknown> = {}
  const keys = Object.keys(object)
  for (const key of keys) {
    const own = property(object, key)
    const safe = isSecretKey(key) ? hideAll(own, depth) : redact(own, depth + 1, walk)
    if (safe !== own) define(changed, key, safe, true)
  }
  // The headers of a request of node:http are a getter of its class.
  const headers = keys.includes('headers') ? undefined : property(object, 'headers')
  if (headers !== undefined && typeof headers === 'object' && headers !== null) {
    const safe = redact(headers, depth + 1, walk)
    if (safe !== headers) define(changed, 'headers', safe, false)
  }
  if (Object.keys(changed).length === 0 && !Object.hasOwn(changed, 'headers')) return object
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
  const descriptors = {
    ...Object.getOwnPropertyDescriptors(error),
    ...Object.getOwnPropertyDescriptors(changed),
  }
  return Object.create(Object.getPrototypeOf(error), descriptors) as Error
}

/** Hides the texts and numbers of a secret value, and keeps the rest of its form. */
function hideAll(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value === '' ? value : HIDDEN
  if (typeof value === 'number' || typeof value === 'bigint') return HIDDEN
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((one) => hideAll(one, depth + 1))
  return Object.fromEntries(Object.keys(value).map((key) => [key, hideAll(property(value, key), depth + 1)]))
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null
}
