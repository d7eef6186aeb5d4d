// What the attempts of one request may change, as it was before the first: an attempt that fails leaves nothing.

import type { Cookies } from './cookies.ts'
import type { H3Event } from './h3-event.ts'
import type { Locals } from './locals.ts'

/** The parts of an exchange that a handler changes. A part that was not used is undefined. */
export interface ChangedParts {
  readonly locals: Locals | undefined
  readonly cookies: Cookies | undefined
  readonly event: H3Event | undefined
  readonly added: readonly string[] | undefined
}

/**
 * AttemptState keeps the parts as middleware, rate limits and authentication have left them. They hold the parts
 * themselves, so that the content of a part is restored, and a part that did not exist is made anew.
 */
export class AttemptState {
  readonly #parts: ChangedParts
  readonly #locals: ReadonlyArray<[unknown, unknown]>
  readonly #cookies: ReadonlyMap<string, string>
  readonly #added: readonly string[]
  readonly #event: EventContent | undefined

  constructor(parts: ChangedParts) {
    this.#parts = parts
    this.#locals = [...((parts.locals ?? []) as Iterable<[unknown, unknown]>)]
    this.#cookies = new Map(parts.cookies?.content)
    this.#added = [...(parts.added ?? [])]
    this.#event = parts.event && contentOf(parts.event)
  }

  /** Restores the content of the parts, and returns them. */
  restore(): ChangedParts {
    const { locals, cookies, event, added } = this.#parts
    if (locals !== undefined) refill(locals as Map<unknown, unknown>, this.#locals)
    if (cookies !== undefined) refill(cookies.content, this.#cookies)
    if (event !== undefined) restoreEvent(event, this.#event!)
    return { locals, cookies, event, added: added && [...this.#added] }
  }
}

/** The part of an h3 event that its functions change. */
interface EventContent {
  readonly status: number | undefined
  readonly statusText: string | undefined
  readonly headers: Headers
  readonly errHeaders: Headers
  readonly context: Readonly<Record<string, unknown>>
}

function contentOf({ res, context }: H3Event): EventContent {
  const { status, statusText, headers, errHeaders } = res
  return {
    status,
    statusText,
    headers: new Headers(headers),
    errHeaders: new Headers(errHeaders),
    context: contextOf(context),
  }
}

/** The sessions are changed in place. */
const contextOf = (context: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  context.sessions === undefined
    ? { ...context }
    : { ...context, sessions: structuredClone(context.sessions) }

function restoreEvent({ res, context }: H3Event, content: EventContent): void {
  Object.assign(res, { status: content.status, statusText: content.statusText })
  for (const name of ['headers', 'errHeaders'] as const) {
    for (const key of [...res[name].keys()]) res[name].delete(key)
    for (const [key, value] of content[name]) res[name].append(key, value)
  }
  for (const key of Object.keys(context)) delete context[key]
  Object.assign(context, contextOf(content.context))
}

function refill<K, V>(map: Map<K, V>, entries: Iterable<readonly [K, V]>): void {
  map.clear()
  for (const [key, value] of entries) map.set(key, value)
}
