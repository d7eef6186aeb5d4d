// The front that the options of a transport ask for. TLS and HTTP/2 are loaded only here.

import { type Logger, OptionError } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import type { FrontFactory } from './front.ts'
import type { TLSOptions } from './tls-options.ts'

/** The options that decide about a front. */
export interface FrontOptions {
  readonly tls?: TLSOptions | undefined
  readonly http2?: boolean | undefined
}

/**
 * Returns the front for the options; undefined for HTTP/1.1 without TLS.
 *
 * @throws OptionError if `tls` lacks a path
 */
export function frontOf({ tls, http2 }: FrontOptions, logger: Logger): FrontFactory | undefined {
  if (tls === undefined) {
    if (!http2) return undefined
    return async (owner, { headersTimeout }) => {
      const { createCleartextFront } = await import('./cleartext-front.ts')
      return createCleartextFront(owner, headersTimeout)
    }
  }
  assertKnownOptions('tls', tls, { key: true, cert: true, passphrase: true, minVersion: true })
  for (const name of ['key', 'cert'] as const)
    if (typeof tls[name] !== 'string' || tls[name] === '')
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot configure tls.${name}: it is not the path of a file. Set it to the path of a PEM file.`,
      )
  return async (owner, { headersTimeout }) => {
    const { createTLSFront } = await import('./tls-front.ts')
    return createTLSFront(tls, { http2: http2 ?? true, handshakeTimeout: headersTimeout, logger }, owner)
  }
}

/** The options of a front as text; undefined if there is none. */
export function frontKeyOf({ tls, http2 }: FrontOptions): string | undefined {
  if (tls === undefined) return http2 ? 'h2c' : undefined
  return JSON.stringify([tls.key, tls.cert, tls.minVersion, http2 ?? true])
}
