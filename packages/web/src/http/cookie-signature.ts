// The signature of a cookie: an HMAC over its name and value, so that neither can be exchanged.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { OptionError } from '@myfy/core'

/** The shortest secret, in characters: that of 24 random bytes in base64. */
const MIN_SECRET = 32

/** Returns the value with its signature: `value.signature`. */
export const signCookie = (name: string, value: string, secret: string): string =>
  `${value}.${signatureOf(name, value, secret)}`

/** Returns the value of a signed cookie; undefined if none of the secrets has signed it. */
export function verifyCookie(name: string, signed: string, secrets: readonly string[]): string | undefined {
  const at = signed.lastIndexOf('.')
  if (at < 0) return undefined
  const value = signed.slice(0, at)
  const signature = Buffer.from(signed.slice(at + 1))
  const matches = secrets.some((secret) => {
    const expected = Buffer.from(signatureOf(name, value, secret))
    return expected.length === signature.length && timingSafeEqual(expected, signature)
  })
  return matches ? value : undefined
}

const signatureOf = (name: string, value: string, secret: string): string =>
  createHmac('sha256', secret).update(`${name}=${value}`).digest('base64url')

/**
 * Verifies the secrets of an option.
 *
 * @throws OptionError if one of them is not a text of at least 32 characters
 */
export function assertSecrets(name: string, secrets: unknown): void {
  if (!Array.isArray(secrets))
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot configure ${name}: it is not a list. Pass a list of secrets, the current one first.`,
    )
  for (const [i, secret] of secrets.entries())
    if (typeof secret !== 'string' || secret.length < MIN_SECRET)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot configure ${name}[${i}]: ${typeof secret === 'string' ? `it has ${secret.length} characters` : 'it is not a text'}. Use at least ${MIN_SECRET} random characters, such as those of \`openssl rand -base64 32\`.`,
      )
}
