// The response objects that functions of h3 return: `redirect`, `html`, `noContent`, `proxyRequest`, `createEventStream`.

import { errors } from '../http/http-exception.ts'

/** A response of h3, known by its brand: h3 itself is loaded only by applications that use it. */
export interface HTTPResponse {
  readonly body?: unknown
  readonly status?: number | undefined
  readonly headers?: Headers | undefined
}

/** Reports whether a value is a response of h3. */
export const isHTTPResponse = (value: unknown): value is HTTPResponse =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true

/** Converts a response of h3. Its own status takes precedence over `status`. */
export function webResponse(value: HTTPResponse, status: number | undefined): Response {
  const code = value.status ?? status ?? 200
  const body = NULL_BODY.has(code) ? null : (value.body as ConstructorParameters<typeof Response>[0])
  return new Response(body ?? null, { status: code, ...(value.headers && { headers: value.headers }) })
}

/** Throws a 404 for the symbol with which handlers of h3 report that nothing matches. */
export function assertFound(value: unknown): void {
  if (value === NOT_FOUND) throw errors.notFound()
}

const BRAND = Symbol.for('h3.HTTPResponse')
const NOT_FOUND = Symbol.for('h3.notFound')
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304])
