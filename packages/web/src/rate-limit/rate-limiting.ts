// The rate limits of a route: their keys, and the headers of the answer.

import { mappedIPv4 } from '../client/ip-address.ts'
import { HTTPException } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { Count, Limiter } from './limiter.ts'

/** RateLimiting counts a request for the limits of its route. */
export class RateLimiting {
  readonly #limiters: readonly Limiter[]

  constructor(limiters: readonly Limiter[]) {
    this.#limiters = limiters
  }

  /** Returns the limits that are checked at one place of a request; undefined if there are none. */
  static of(limiters: readonly Limiter[], isHere: (limiter: Limiter) => boolean): RateLimiting | undefined {
    const here = limiters.filter(isHere)
    return here.length > 0 ? new RateLimiting(here) : undefined
  }

  /** Creates the counters. */
  async prepare(): Promise<void> {
    for (const limiter of this.#limiters) await limiter.prepare()
  }

  /**
   * Counts a request, and adds the headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) to
   * its answer.
   *
   * @throws HTTPException 429 if a limit is exceeded
   */
  async run(exchange: Exchange, context: RequestContext): Promise<void> {
    for (const limiter of this.#limiters) {
      const { key } = limiter.limit
      const of = key === undefined ? networkOf(exchange.ip) : await key(context as never)
      if (of === undefined) continue
      const count = await limiter.count(of)
      addHeaders(exchange, count)
      if (!count.isExceeded) continue
      throw new HTTPException(429, {
        detail: `the limit of ${count.limit.points} requests in ${count.window} s is exceeded`,
        headers: { 'retry-after': String(count.reset) },
      })
    }
  }
}

function addHeaders(exchange: Exchange, { limit, window, remaining, reset }: Count): void {
  // A string of RFC 9651.
  const name = `"${limit.name.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`
  exchange.addHeader('RateLimit-Policy', `${name};q=${limit.points};w=${window}`)
  exchange.addHeader('RateLimit', `${name};r=${remaining};t=${reset}`)
}

/** The network of a client: an IPv4 address, or the first 64 bits of an IPv6 address, which one client can have. */
export function networkOf(ip: string | undefined): string {
  if (ip === undefined) return 'unknown'
  const mapped = mappedIPv4(ip)
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip
  const [head = '', tail] = ip.split('%')[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const groups = [...before, ...gap, ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
