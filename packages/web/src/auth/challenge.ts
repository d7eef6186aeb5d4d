// The challenge of an answer that wants other credentials: `WWW-Authenticate` (RFC 9110, 11.6.1).

import type { AuthScheme } from './scheme.ts'

/** The options that a challenge depends on. */
export interface Challenged {
  readonly scheme: AuthScheme
  readonly realm?: string | undefined
  readonly cookie?: string | readonly string[] | undefined
  readonly header?: string | undefined
  readonly query?: string | undefined
}

/** Returns the challenge of a scheme. `parameters` are those of an error (RFC 6750, 3). */
export function challengeOf(options: Challenged, parameters: Readonly<Record<string, string>> = {}): string {
  const { scheme, realm = scheme === 'bearer' ? undefined : 'api', cookie, header, query } = options
  const all: Record<string, string | undefined> = { realm }
  if (scheme === 'basic') all.charset = 'UTF-8'
  if (scheme === 'cookie') all['cookie-name'] = [cookie ?? []].flat()[0]
  if (scheme === 'apiKey') Object.assign(all, { in: header ? 'header' : 'query', name: header ?? query })
  // Only a bearer challenge has a registered form for errors.
  if (scheme === 'bearer') Object.assign(all, parameters)
  const text = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
  )
  return [NAMES[scheme], text.join(', ')].filter(Boolean).join(' ')
}

/** Basic and Bearer are registered; a 401 needs a challenge for the others as well. */
const NAMES = { bearer: 'Bearer', basic: 'Basic', cookie: 'Cookie', apiKey: 'ApiKey' } as const
