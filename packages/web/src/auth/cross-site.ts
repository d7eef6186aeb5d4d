// Requests that a page of another origin sends with the cookies of the user.

import { errors } from '../http/http-exception.ts'
import type { RequestContext } from '../request/request-context.ts'

/**
 * Refuses a request that may change something and that a page of another origin sends: by Fetch Metadata, else by the
 * header `Origin`. A client that sends neither is not a browser, and has no cookies of a user.
 *
 * @throws HTTPException 403
 */
export function assertSameOrigin(
  { method, header, url }: RequestContext,
  origins: readonly string[] = [],
): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return
  const origin = header('origin')
  if (origin !== undefined && origins.includes(origin)) return
  const site = header('sec-fetch-site')
  const isSame =
    site === undefined
      ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === url.host)
      : site === 'same-origin' || site === 'none'
  if (!isSame) throw errors.forbidden('this origin may not send the request')
}
