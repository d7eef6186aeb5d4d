// redirect: an answer that sends the client to another URL.

import { ResponseError } from '../errors.ts'
import { wellFormed } from '../http/well-formed.ts'

/** The statuses of a redirection (RFC 9110, section 15.4). */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308

const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Returns a redirection. Characters that a URL cannot contain are percent-encoded.
 *
 * @param location - a URL, or a path relative to the request. Do not pass a value of the client unchecked: it may lead to another site.
 * @param status - 303 answers a form with a page; 307 and 308 keep the method and the body. Default: 302.
 * @throws ResponseError if the status is not one of a redirection, or the location has a line break
 *
 * @example
 * ```ts
 * import { defineRoutes, redirect } from '@myfy/web'
 *
 * export const routes = defineRoutes('/old', (route) => {
 *   route.get('/:page', ({ params }) => redirect(`/new/${encodeURIComponent(params.page)}`, 301))
 * })
 * ```
 */
export function redirect(location: string | URL, status: RedirectStatus = 302): Response {
  if (!STATUSES.has(status))
    throw new ResponseError(
      `Cannot answer with a redirect: ${status} is not the status of a redirection. Use 301, 302, 303, 307 or 308.`,
    )
  if (typeof location !== 'string' && !(location instanceof URL))
    throw new ResponseError(
      `Cannot answer with a redirect: the location is a value of type ${typeof location}. Pass a URL or a path.`,
    )
  const text = String(location)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (text === '' || /[\x00-\x1f\x7f]/.test(text))
    throw new ResponseError(
      'Cannot answer with a redirect: the location is empty or has control characters. Pass a URL or a path.',
    )
  // An escape stays as it is; a lone surrogate has no encoding.
  const encoded = encodeURI(wellFormed(text)).replace(/%25([\da-f]{2})/gi, '%$1')
  return new Response(null, { status, headers: { location: encoded } })
}
