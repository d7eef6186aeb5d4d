// Cross-origin requests, handled by h3.

import { type CorsOptions, loadH3 } from '../request/h3.ts'
import type { Middleware } from './middleware.ts'

/** Returns middleware that answers preflight requests and adds the CORS headers to every response, errors included. */
export function corsMiddleware(options: CorsOptions): Middleware {
  return async (context, next) => {
    const [{ handleCors }, event] = await Promise.all([loadH3(), context.event()])
    // The headers that h3 sets on the event become part of the response.
    if (handleCors(event, options) === false) return next()
    return new Response(null, { status: 204 })
  }
}
