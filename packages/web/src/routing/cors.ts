// Cross-origin requests, by h3's rules.

import { type CorsOptions, loadH3 } from '../request/h3.ts'
import type { Middleware } from './middleware.ts'

/** Answers preflights, and puts the headers on every answer, errors included. */
export function corsMiddleware(options: CorsOptions): Middleware {
  return async (context, next) => {
    const [{ handleCors }, event] = await Promise.all([loadH3(), context.event()])
    // What it puts on the event's response becomes part of the answer.
    if (handleCors(event, options) === false) return next()
    return new Response(null, { status: 204 })
  }
}
