// The body of a request as a value: the right media type, within the limit, well-formed, harmless.

import { isUtf8 } from 'node:buffer'
import { HTTPException } from './http-exception.ts'

/** Refuses a body that is not JSON before a byte of it is read. */
export function assertJSON(contentType: string | undefined, encoding: string | undefined): void {
  assertIdentity(encoding)
  // The form that every client library sends, without the work of parsing it.
  if (contentType === 'application/json') return
  if (contentType !== undefined && JSON_TYPE.test(contentType) && !OTHER_CHARSET.test(contentType)) return
  throw new HTTPException(415, {
    detail: 'send the body as application/json in UTF-8',
    headers: { accept: 'application/json' },
  })
}

/** Refuses an encoded body: decoding could multiply its size a thousandfold. */
export function assertIdentity(encoding: string | undefined): void {
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return
  throw new HTTPException(415, {
    detail: 'send the body without content-encoding',
    headers: { 'accept-encoding': 'identity' },
  })
}

// RFC 9110 section 8.3.1; parameters other than the charset have no meaning for JSON (RFC 8259 section 11).
const JSON_TYPE = /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?(?:utf-?8|us-ascii)"?\s*(?:;|$))/i

/**
 * Parses JSON from outside. A member `__proto__`, and a member `constructor` with a member `prototype`, are refused:
 * merging such an object recursively would change the prototype of every object.
 */
export function parseJSON(bytes: Uint8Array): unknown {
  // RFC 8259 section 8.1: UTF-8. Other bytes would become replacement characters, and so other data.
  if (!isUtf8(bytes)) throw new HTTPException(400, { detail: 'the request body is not valid UTF-8' })
  const text = (
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  ).toString()
  let value: unknown
  try {
    // A byte order mark may be ignored (RFC 8259 section 8.1); some editors and .NET clients send one.
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    throw new HTTPException(400, { detail: 'the request body is not valid JSON' })
  }
  // Plain searches spare nearly every body the expressions.
  const escaped = text.includes('\\u')
  if ((escaped || text.includes('__proto__')) && PROTO_NAME.test(text)) {
    throw new HTTPException(400, { detail: 'the request body must not have a member named __proto__' })
  }
  if ((escaped || text.includes('constructor')) && CONSTRUCTOR_NAME.test(text) && namesPrototype(value)) {
    throw new HTTPException(400, {
      detail: 'the request body must not have a member named constructor.prototype',
    })
  }
  return value
}

/** Reports whether an object in a value has a member `constructor` with a member `prototype`. */
function namesPrototype(value: unknown): boolean {
  // Without recursion: JSON may be nested more deeply than the stack.
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== 'object' || next === null) continue
    const inner: unknown = Object.hasOwn(next, 'constructor') ? next.constructor : undefined
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')) return true
    for (const child of Object.values(next)) rest.push(child)
  }
  return false
}

const CONSTRUCTOR_NAME = new RegExp(
  `"${[...'constructor'].map((letter) => `(?:${letter}|\\\\u00${letter.charCodeAt(0).toString(16)})`).join('')}"\\s*:`,
  'i',
)

const PROTO_NAME =
  /"(?:_|\\u005f){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f){2}"\s*:/i

/** The refusal of a body that is too long. */
export function tooLarge(limit: number): HTTPException {
  return new HTTPException(413, { detail: `the request body exceeds the limit of ${limit} bytes` })
}
