// The body of a request as a value: right media type, within the limit, well-formed, harmless.

import { HTTPException } from './http-exception.ts'

/** Refuses a body that is not JSON before a byte of it is read. */
export function assertJSON(contentType: string | undefined, encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HTTPException(415, {
      detail: 'send the body without content-encoding',
      headers: { 'accept-encoding': 'identity' },
    })
  }
  // The form every client library sends, without the work of parsing it.
  if (contentType === 'application/json') return
  if (contentType !== undefined && JSON_TYPE.test(contentType)) return
  throw new HTTPException(415, {
    detail: 'send the body as application/json',
    headers: { accept: 'application/json' },
  })
}

const JSON_TYPE =
  /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*|;\s*(?!charset)[\w-]+\s*=[^;]*)*$/i

/** Parses JSON from outside. `__proto__` in it is refused: whoever merges such an object changes the prototype. */
export function parseJSON(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HTTPException(400, { detail: 'the body is not well-formed JSON' })
  }
  // Two searches at the speed of memory spare nearly every body the expression.
  if ((text.includes('__proto__') || text.includes('\\u')) && PROTO_NAME.test(text)) {
    throw new HTTPException(400, { detail: 'the body may not have the name __proto__' })
  }
  return value
}

const PROTO_NAME =
  /"(?:_|\\u005f){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f){2}"\s*:/i

/** The refusal of a body that is too long. */
export function tooLarge(limit: number): HTTPException {
  return new HTTPException(413, { detail: `the body may have at most ${limit} bytes` })
}
