// A limit at work: rate-limiter-flexible counts, in memory, Redis or PostgreSQL. It is loaded only when a limit exists.

import { createHash } from 'node:crypto'
import type { Logger } from '@myfy/core'
import type { Container, Plan } from '@myfy/di'
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { type NamedRateLimit, secondsOf } from './rate-limit.ts'

/** The state of a key after a request was counted. */
export interface Count {
  readonly limit: NamedRateLimit
  /** The length of the window, in seconds. */
  readonly window: number
  readonly isExceeded: boolean
  /** The requests that remain in the window. */
  readonly remaining: number
  /** The time until the end of the window, in seconds. */
  readonly reset: number
}

/** Limiter counts the requests of one limit. */
export class Limiter {
  readonly limit: NamedRateLimit
  readonly #window: number
  readonly #logger: Logger
  readonly #plan: Plan | undefined
  #counter: RateLimiterAbstract | undefined
  /** Counts while the store is not reachable. */
  #fallback: RateLimiterAbstract | undefined
  #isWarned = false

  /** Declares the client of the store with the container, so that its build reports one without a provider. */
  constructor(limit: NamedRateLimit, container: Container, logger: Logger) {
    this.limit = limit
    this.#window = secondsOf(limit)
    this.#logger = logger
    const client = limit.store?.redis ?? limit.store?.postgres
    this.#plan = client && container.plan({ name: `rate limit ${limit.name}`, inject: { client } })
  }

  /** Creates the counters. A table of PostgreSQL is created if it does not exist. */
  async prepare(): Promise<void> {
    if (this.#counter !== undefined) return
    const { default: library } = await import('rate-limiter-flexible')
    const { points, name, store } = this.limit
    const common = { points, duration: this.#window, keyPrefix: `rate-limit:${name}` }
    this.#fallback = new library.RateLimiterMemory(common)
    if (this.#plan === undefined || store === undefined) {
      this.#counter = this.#fallback
      return
    }
    await this.#plan.prepare()
    const { values } = await this.#plan.open()
    const { client } = values as { readonly client: unknown }
    if (store.redis !== undefined) {
      this.#counter = new library.RateLimiterRedis({ ...common, storeClient: client })
      return
    }
    const options = {
      ...common,
      storeClient: client,
      storeType: 'client',
      tableName: store.table ?? 'rate_limits',
    }
    this.#counter = await new Promise<RateLimiterAbstract>((resolve, reject) => {
      const counter = new library.RateLimiterPostgres(options, (error?: Error) =>
        error ? reject(error) : resolve(counter),
      )
    })
  }

  /** Counts a request. While the store fails, this process counts by itself, and the log has a warning. */
  async count(key: string): Promise<Count> {
    const stored = key.length > MAX_KEY ? createHash('sha256').update(key).digest('base64url') : key
    try {
      const count = await this.#consume(this.#counter!, stored)
      this.#isWarned = false
      return count
    } catch (error) {
      if (!this.#isWarned)
        this.#logger.warn({ err: error }, `the store of the rate limit ${this.limit.name} failed`)
      this.#isWarned = true
      return this.#consume(this.#fallback!, stored)
    }
  }

  async #consume(counter: RateLimiterAbstract, key: string): Promise<Count> {
    try {
      return this.#countOf(await counter.consume(key), false)
    } catch (rejected) {
      // The library rejects with the state of a key whose limit is exceeded, and with an error of its store.
      if (rejected instanceof Error) throw rejected
      return this.#countOf(rejected as RateLimiterRes, true)
    }
  }

  #countOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isExceeded: boolean): Count {
    const reset = Math.max(1, Math.ceil(msBeforeNext / 1_000))
    return {
      limit: this.limit,
      window: this.#window,
      isExceeded,
      remaining: Math.max(0, remainingPoints),
      reset,
    }
  }
}

/** Longer keys are stored by their hash. */
const MAX_KEY = 128

/** Limiters holds the limiters of an application: one for each limit, whatever number of routes has it. */
export class Limiters {
  readonly #limiters = new Map<NamedRateLimit, Limiter>()
  readonly #container: Container
  readonly #logger: Logger

  constructor(container: Container, logger: Logger) {
    this.#container = container
    this.#logger = logger
  }

  /** Returns the limiter of a limit. */
  of(limit: NamedRateLimit): Limiter {
    const known = this.#limiters.get(limit)
    if (known !== undefined) return known
    const limiter = new Limiter(limit, this.#container, this.#logger)
    this.#limiters.set(limit, limiter)
    return limiter
  }
}
