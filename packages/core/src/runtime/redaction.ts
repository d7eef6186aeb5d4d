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
  /^(?:.*[-_.])?(?:proxy-)?(?:authorization|cookie|cookies|jwt|otp|pin|cvv|cvc|ssn|sig|pass)$|pass(?:word|wd|phrase|code)|pwd$|secret|tokens?$|(?:api|access|private|signing|encryption)[-_]?key|credential|signature|dsn$|session[-_]?id$/i

/** A name in text, as it is followed by its value: `=`, `: `, `":"`, `\":\"` of JSON inside of JSON, `%3D` of a URL in a URL. */
const IS = String.raw`\\{0,8}["']?\s*(?:[=:]|%3[AD])\s*`
/** The opening quote of a value, escaped inside of JSON, and what follows until the same quote. */
const QUOTED = String.raw`(?:(["'])(?:\\.|(?!\2)[^\r\n\\]){1,2000}|(\\{1,8}["'])(?:(?!\3)[^\r\n]){1,2000})`
const PLAIN = String.raw`[^\s"'&,;)}\]\\]+`
/** The hints of the names that are always secret, and of those that are words as well. */
const NAME_HINTS = 'pass|pwd|secret|key|credential|signature'
const SHORT_HINTS = 'token|sig|jwt|session|pass|otp|pin|cvv|cvc|ssn'
/** Names whose values are secret, however they are written. */
const NAMES =
  '(?:pass(?:word|wd|phrase|code)|pwd|secret|(?:api|access|private|signing|account)[-_]?key|credentials?|signature)'

/**
 * Text that is secret wherever it stands: a hint without which the pattern cannot match, the pattern, and its replacement.
 * Clients choose much of what is logged: no pattern may begin with an unbounded repetition, which would make the time
 * quadratic in the length of the text.
 */
const PATTERNS: ReadonlyArray<readonly [hint: string, pattern: RegExp, replacement: string]> = [
  [
    'PRIVATE KEY',
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
    HIDDEN,
  ],
  // Credentials in a URL: the last `@` before the path ends them.
  ['://', /\b([a-z][a-z\d+.-]{0,20}:\/\/)([^\s/?#:@'"]*):[^\s/?#'"]*@/gi, `$1$2:${HIDDEN}@`],
  ['://', /\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#:@'"]{16,}@/gi, `$1${HIDDEN}@`],
  // The address of a hook is its only credential.
  ['hook', /\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi, `$1${HIDDEN}`],
  ['hook', /(\/api\/webhooks\/\d{1,30}\/)[\w-]+/g, `$1${HIDDEN}`],
  ['/bot', /(\/bot\d{6,12}:)[\w-]{20,}/g, `$1${HIDDEN}`],
  ['digest', /\b(Digest\s+)(?=[a-z]{1,20}=)[^\r\n]+/gi, `$1${HIDDEN}`],
  ['cookie', new RegExp(String.raw`\b((?:set-)?cookie${IS}\\{0,8}['"]?)[^\r\n'"\\]+`, 'gi'), `$1${HIDDEN}`],
  [
    'authorization',
    new RegExp(String.raw`\b((?:proxy-)?authorization${IS}\\{0,8}['"]?)[^\r\n'",\\]+`, 'gi'),
    `$1${HIDDEN}`,
  ],
  ['bearer', /\b(Bearer\s+)[\w+/.~-]{6,}=*/gi, `$1${HIDDEN}`],
  ['token', /\b(Token\s+)(?=[\w.-]{0,200}\d)[\w.-]{20,}/g, `$1${HIDDEN}`],
  ['basic', /\b(Basic\s+)(?=[A-Za-z\d+/]*[\dA-Z=])[A-Za-z\d+/]{8,}={0,2}/g, `$1${HIDDEN}`],
  ['eyJ', /\beyJ[\w-]{6,2000}\.[\w-]+\.?[\w-]*/g, HIDDEN],
  ['[spr]k[-_]', /\b(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant)[-_])?[\w-]{16,}/g, HIDDEN],
  [
    'gh[oprsu]_|github_pat|glpat-|xox[abeprs]-|npm_|whsec_|hvs\\.|dop_v1|shpat_|SG\\.|ya29|lin_api|sntrys_',
    /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|npm_|whsec_|hvs\.|dop_v1_|shpat_|SG\.|ya29\.|lin_api_|sntrys_)[\w.-]{8,}/g,
    HIDDEN,
  ],
  [
    'AKIA|ASIA|AIza|hf_|dapi',
    /\b(?:AKIA|ASIA)[A-Z\d]{16}\b|\bAIza[\w-]{30,}|\bhf_[A-Za-z\d]{20,}|\bdapi[a-f\d]{32}\b/g,
    HIDDEN,
  ],
  // The code with which a client of OAuth is given its tokens.
  ['code=', /([?&]code=)[\w.~%/+-]{12,}/g, `$1${HIDDEN}`],
  // A statement of SQL, and the arguments of a command.
  [
    'password|identified',
    /\b((?:PASSWORD|IDENTIFIED(?: WITH \w{1,40})? BY)\s+')(?:[^']|''){1,2000}/gi,
    `$1${HIDDEN}`,
  ],
  [
    'password|token|secret|api-key',
    /(\s--?[\w-]{0,30}(?:password|token|secret|api-key)[ =]['"]?)(?!-)[^\s'"]+/gi,
    `$1${HIDDEN}`,
  ],
  [' -u ', /( -u ['"]?[^\s:'"]{1,100}:)[^\s'"]+/g, `$1${HIDDEN}`],
  // `password=…`, `"apiKey": "…"`, and the parameters of a query. `Cannot read API_KEY: it is not set` is a sentence of
  // an error, which never contains the value.
  [NAME_HINTS, new RegExp(`(${NAMES}${IS})${QUOTED}`, 'gi'), `$1$2$3${HIDDEN}`],
  [
    NAME_HINTS,
    new RegExp(
      String.raw`(${NAMES}${IS})(?<!\bCannot (?:read|build|register|override|configure) \w{1,60}: )${PLAIN}`,
      'gi',
    ),
    `$1${HIDDEN}`,
  ],
  [
    SHORT_HINTS,
    /((?:token|sig|jwt|session[-_]?id|(?<![a-z])(?:pass|otp|pin|cvv|cvc|ssn))["']?(?:=|%3D)["']?)[^\s"'&,;)}\]]+/gi,
    `$1${HIDDEN}`,
  ],
  [
    SHORT_HINTS,
    /((?<![a-z])(?:pass|otp|pin|cvv|cvc|ssn)\\{0,8}["']\s*:\s*\\{0,8}["']?)[^\s"'&,;)}\]\\]+/gi,
    `$1${HIDDEN}`,
  ],
  // `token: Mailer` is a sentence; `token: 8f3a…` is a secret.
  [
    SHORT_HINTS,
    /((?:token|jwt|session[-_]?id)\\{0,8}["']?\s*:\s*\\{0,8}["']?)(?=[^\s"',;]{0,200}\d)[^\s"'&,;)}\]\\]{8,}/gi,
    `$1${HIDDEN}`,
  ],
]

/** Matches each text that a pattern may match. Most lines are searched by it alone. */
const HINT = new RegExp([...new Set(PATTERNS.map(([hint]) => hint))].join('|'), 'i')

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
    for (const [, pattern, replacement] of PATTERNS) safe = safe.replace(pattern, replacement)
    return safe
  }
  return { text, value: (value) => redact(value, 0, { text, left: MAX_VALUES, path: new Set() }) }
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

interface Walk {
  readonly text: (text: string) => string
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

/**
 * Returns the content of an object of the Fetch API, which has no enumerable properties; any other as it is. By name,
 * because the classes themselves are loaded when they are first mentioned.
 */
function plainOf(value: object): object {
  const { [Symbol.toStringTag]: tag } = value as { [Symbol.toStringTag]?: unknown }
  if (tag === 'Headers' || tag === 'URLSearchParams')
    return Object.fromEntries(value as Iterable<readonly [string, unknown]>)
  if (tag !== 'Request' && tag !== 'Response') return value
  const { method, status, url, headers } = value as Request & Response
  return tag === 'Request' ? { method, url, headers } : { status, url, headers }
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
  // A header or parameter as `{ name, value }`.
  const name = keys.includes('value') ? (property(object, 'name') ?? property(object, 'key')) : undefined
  const isNamed = typeof name === 'string' && isSecretKey(name)
  for (const key of keys) {
    const own = property(object, key)
    const safe =
      isSecretKey(key) || (isNamed && key === 'value') ? hideAll(own, depth) : redact(own, depth + 1, walk)
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
