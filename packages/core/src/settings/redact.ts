// Redaction: which values of variables appear in messages.

import type { Shape } from './shape/shape.ts'

const HIDDEN = '***'

/** Names whose values are secret, whatever they look like. */
const SECRET_NAME =
  /PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|AUTH|SALT|DSN|COOKIE|SESSION|PIN(_|$)|JWT|BEARER|CONN|SIGN|LICEN[CS]E|WEBHOOK|(^|_)IV(_|$)|ACCESS|BASIC|ACCOUNT|CERT|SEED|NONCE|OTP|HASH/

/** The longest value that is shown. What is longer is not a number, a word or a date. */
const LONGEST = 24

/** Text that can be shown: a number, a word, a time. Not an address, which can contain credentials. */
const PLAIN = /^[\w .,:+-]*$/

/**
 * Reports whether the value of a variable may appear in a message. It may if it is needed to understand the message: the
 * schema expects a number, a boolean or one of a few words, and not any text. It must not look like a secret.
 */
export function isShown(variable: string, value: string, expected: Shape): boolean {
  if (SECRET_NAME.test(variable) || expected.scalars.has('text')) return false
  return value.length <= LONGEST && PLAIN.test(value) && !looksRandom(value)
}

/**
 * Returns the parts of a variable's value that must not be logged: all of it if its name is secret or it comes from a
 * file, else the password of a URL and the strings of JSON under secret keys.
 */
export function secretsIn(variable: string, value: string, isSecret = false): readonly string[] {
  if (isSecret || SECRET_NAME.test(variable)) {
    if (/^(?:true|false|\d{1,9}|\d+(?:ms|s|m|h))$/.test(value)) return []
    return [value, value.trim(), ...passwordsIn(value), ...stringsOf(value)]
  }
  return [...passwordsIn(value), ...secretStringsOf(value)]
}

/** The passwords of the URLs in a text, as they are written and decoded. */
function passwordsIn(text: string): readonly string[] {
  return [...text.matchAll(/[a-z][a-z\d+.-]*:\/\/[^\s/?#:@]*:([^\s/?#]+)@/gi)].flatMap(
    ([, password = '']) => {
      try {
        return [password, decodeURIComponent(password)]
      } catch {
        return [password]
      }
    },
  )
}

/** The strings inside a JSON text whose keys are secret. */
function secretStringsOf(value: string): readonly string[] {
  if (!/^\s*[{[]/.test(value)) return []
  try {
    const strings: string[] = []
    JSON.parse(value, (key, part: unknown) => {
      if (typeof part === 'string' && SECRET_NAME.test(key.toUpperCase())) strings.push(part)
      return part
    })
    return strings
  } catch {
    return []
  }
}

/** Reports whether a word mixes letters and digits the way keys and tokens do. */
function looksRandom(value: string): boolean {
  return value
    .split(/[\s.,:]+/)
    .some((word) => word.length > 8 && /\d/.test(word) && /[A-Za-z]{3}/.test(word))
}

/** Removes a value, and the parts of a list or JSON text in it, from the message of a schema. */
export function withoutValue(message: string, value: string): string {
  let redacted = message
  for (const part of partsOf(value)) redacted = redacted.replaceAll(part, HIDDEN)
  // valibot and arktype quote what they received.
  return redacted.replace(/\b(received|was) ("(?:[^"\\]|\\.)*"|'[^']*')/g, `$1 ${HIDDEN}`)
}

function partsOf(value: string): readonly string[] {
  const parts = [value, value.trim(), ...value.split(/[,\s]+/), ...stringsOf(value)]
  const worth = parts.filter((part) => part.length > 2)
  // The longest first: a part of it must not be all that is replaced.
  return [...new Set(worth.flatMap((part) => [JSON.stringify(part), part]))].sort(
    (a, b) => b.length - a.length,
  )
}

/** The strings inside a JSON text. */
function stringsOf(value: string): readonly string[] {
  try {
    const strings: string[] = []
    JSON.parse(value, (_, part: unknown) => {
      if (typeof part === 'string') strings.push(part)
      return part
    })
    return strings
  } catch {
    return []
  }
}
