// Requests that a page of another origin sends with the cookies of the user.

import { errors } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'

/**
 * Refuses a request that may change something and that a page of another origin sends: by Fetch Metadata, else by the
 * header `Origin`. A client that sends neither is not a browser, and has no cookies of a user.
 *
 * @throws HTTPException 403
 */
export function assertSameOrigin(exchange: Exchange, origins: readonly string[] = []): void {
  const { method } = exchange
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return
  const origin = exchange.header('origin')
  if (origin !== undefined && origins.includes(origin)) return
  const site = exchange.header('sec-fetch-site')
  const isSame =
    site === undefined
      ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === exchange.url.host)
      : site === 'same-origin' || site === 'none'
  if (!isSame) throw errors.forbidden('this origin may not send the request')
}
