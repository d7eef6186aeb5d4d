// CacheModule: recently read values, in Redis or in the memory of this replica. Losing them is harmless.

import { type Application, BaseModule, type Logger, type StartContext } from '@myfy/core'
import { DataModule } from '@myfy/data'
import type { Container, Injected } from '@myfy/di'
import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { Changes } from './changes.ts'
import { AppSettings } from './settings.ts'

export const userKey = (id: number): string => `user:${id}`

/** Returns no value older than CACHE_TTL. A change that this replica makes or is notified of evicts the value at once. */
export class Cache {
  readonly #ttl: number
  readonly #memory = new LRUCache<string, string>({ max: 1_000 })
  readonly #redis: Redis | undefined

  constructor({ cacheTtl, redisUrl }: Injected<typeof AppSettings>, logger: Logger) {
    this.#ttl = cacheTtl
    this.#redis = redisUrl ? connect(redisUrl, logger) : undefined
  }

  /** Returns the cached value, or the result of `load`. A result that is not undefined is cached. */
  async through<T>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const cached = this.#redis ? await this.#redis.get(key).catch(() => null) : this.#memory.get(key)
    if (cached) return JSON.parse(cached) as T
    // The age counts from before the read: a write that commits during the read makes the result stale at that moment.
    const began = performance.now()
    const value = await load()
    const left = Math.floor(this.#ttl - (performance.now() - began))
    if (value === undefined || left <= 0) return value
    if (this.#redis) await this.#redis.set(key, JSON.stringify(value), 'PX', left).catch(() => {})
    else this.#memory.set(key, JSON.stringify(value), { ttl: left })
    return value
  }

  async evict(key: string): Promise<void> {
    this.#memory.delete(key)
    await this.#redis?.del(key).catch(() => {})
  }

  /** Evicts what this replica holds, because changes may have been missed. Redis is updated by who made them. */
  evictAll = (): void => this.#memory.clear()

  close = (): void => this.#redis?.disconnect()
}

export class CacheModule extends BaseModule {
  override name = 'cache'
  override requires = [DataModule]

  override configure(container: Container, { logger }: Application): void {
    container.register(Cache, { inject: [AppSettings], factory: (settings) => new Cache(settings, logger) })
  }

  override start({ defer }: StartContext): void {
    const cache = this.container.get(Cache)
    defer(cache.close)
    defer(this.container.get(Changes).subscribe(({ user }) => cache.evict(userKey(user.id)), cache.evictAll))
  }
}

/** Connects without ever making a request wait: while Redis is unreachable, commands fail at once. */
function connect(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    socketTimeout: 1_000, // replaces a connection that is open but silent
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  })
  let unreachable = false
  redis.on('error', ({ message }) => {
    if (!unreachable) logger.warn({ error: message }, 'Redis is unreachable; reading from the database')
    unreachable = true
  })
  redis.on('ready', () => {
    if (unreachable) logger.info({}, 'Redis is reachable again')
    unreachable = false
  })
  return redis
}
