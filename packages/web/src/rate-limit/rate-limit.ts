// A limit on the number of requests in a time, as an option.

import { type Duration, OptionError } from '@myfy/core'
import { assertKnownOptions, durationOption, type OptionNames } from '@myfy/core/runtime'
import type { Injectable } from '@myfy/di'
import type { RequestContext } from '../request/request-context.ts'

/** The request as the key of a rate limit reads it. `Identity` is the part that the authentication of the route adds. */
export type RateLimitContext<
  Identity = { readonly identity?: unknown },
  Params = Readonly<Record<string, string | undefined>>,
> = RequestContext & {
  /** The decoded path parameters, not validated. */
  readonly params: Params
} & Identity

/** A limit on the number of requests in a time. Requests above it receive a 429 with `Retry-After`. */
export interface RateLimit<
  Identity = { readonly identity?: unknown },
  Params = Readonly<Record<string, string | undefined>>,
> {
  /** The number of requests in the time `per`. */
  readonly points: number
  /** The time, at least one second: `'1m'`, or a number of ms. It begins with the first request. */
  readonly per: Duration
  /**
   * Returns the key whose requests are counted together, or `undefined` for a request that is not limited. Without it the
   * address of the client is the key (of an IPv6 address the first 64 bits), and the limit is checked before
   * authentication; a limit with a key is checked after it.
   */
  key?(context: RateLimitContext<Identity, Params>): string | undefined | PromiseLike<string | undefined>
  /** The name in the headers and in the store. Default: the route, the prefix of the group, or `module`. */
  readonly name?: string
  /** The place of the counters. Default: the memory of this process, so that each process has separate ones. */
  readonly store?: RateLimitStore
}

const limitNames: OptionNames<RateLimit> = { points: true, per: true, key: true, name: true, store: true }

/** A store that processes share. Its client is a service, or `singleton(() => new Redis())`. */
export type RateLimitStore =
  | {
      /** A client of ioredis. */
      readonly redis: Injectable
      readonly postgres?: undefined
    }
  | {
      /** A pool of pg. */
      readonly postgres: Injectable
      /** The name of the table, which is created if it does not exist. Default: `rate_limits`. */
      readonly table?: string
      readonly redis?: undefined
    }

/** The option `rateLimit`: a limit, or several that all apply. */
export type RateLimitOption<
  Identity = { readonly identity?: unknown },
  Params = Readonly<Record<string, string | undefined>>,
> = RateLimit<Identity, Params> | ReadonlyArray<RateLimit<Identity, Params>>

/** A limit with its name. */
export type NamedRateLimit = RateLimit & { readonly name: string }

/**
 * Returns the limits of an option with their names. A limit that has a name already is the same object: routes of a group
 * share its counters.
 *
 * @throws OptionError if a value is not valid
 */
export function namedLimits(option: RateLimitOption | undefined, name: string): readonly NamedRateLimit[] {
  const limits: readonly RateLimit[] = option === undefined ? [] : Array.isArray(option) ? option : [option]
  return limits.map((limit, i) => {
    if (NAMED.has(limit as NamedRateLimit)) return limit as NamedRateLimit
    assertLimit(limit, name)
    const named = { ...limit, name: limit.name ?? (i === 0 ? name : `${name} ${i + 1}`) }
    NAMED.add(named)
    return named
  })
}

/** The limits that have their names. */
const NAMED = new WeakSet<NamedRateLimit>()

/** Returns the time of a limit in seconds. */
export const secondsOf = ({ per, name }: NamedRateLimit): number =>
  Math.ceil(durationOption(`rateLimit.per of ${name}`, per, { least: 1_000 }) / 1_000)

function assertLimit(limit: RateLimit, of: string): void {
  const fail = (option: string, reason: string, fix: string): never => {
    throw new OptionError('MYFY_OPTION_INVALID', `Cannot configure ${option} of ${of}: ${reason}. ${fix}.`)
  }
  if (typeof limit !== 'object' || limit === null)
    return fail('rateLimit', 'it is not an object', "Pass { points: 100, per: '1m' }")
  assertKnownOptions(`rateLimit of ${of}`, limit, limitNames)
  const { points, per, key, name, store } = limit
  if (!Number.isInteger(points) || points < 1)
    fail('rateLimit.points', `it is ${String(points)}`, 'Set a whole number of requests, 1 or greater')
  durationOption(`rateLimit.per of ${of}`, per, { least: 1_000 })
  if (key !== undefined && typeof key !== 'function')
    fail('rateLimit.key', 'it is not a function', 'Pass a function that returns the key')
  if (name !== undefined && !(typeof name === 'string' && /^[\x20-\x7e]+$/.test(name)))
    fail('rateLimit.name', 'it is not a text of ASCII characters', 'Write letters, digits and spaces')
  if (store !== undefined && store.redis === undefined && store.postgres === undefined)
    fail('rateLimit.store', 'it has no client', 'Pass { redis } or { postgres }')
}
