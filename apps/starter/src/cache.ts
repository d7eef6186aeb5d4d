// CacheModule: what was read lately, in Redis or in the memory of this replica. It may be lost at any time.

import { type Application, BaseModule, type Logger, type StartContext } from '@myfy/core'
import type { Container, Injected } from '@myfy/di'
import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { type Change, Changes } from './changes.ts'
import { DataModule } from './data.ts'
import { AppSettings } from './settings.ts'

/** Its promise: nothing it gives is older than CACHE_TTL. What this replica wrote, or hears of, is gone at once. */
export class Cache {
  readonly #ttl: number
  readonly #memory = new LRUCache<string, string>({ max: 1_000 })
  readonly #redis: Redis | undefined

  constructor({ cacheTtl, redisUrl }: Injected<typeof AppSettings>, logger: Logger) {
    this.#ttl = cacheTtl
    this.#redis = redisUrl ? connect(redisUrl, logger) : undefined
  }

  /** What is kept under the key, or what `load` gives; that is kept, unless it is undefined. */
  async through<T>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const kept = this.#redis ? await this.#redis.get(key).catch(() => null) : this.#memory.get(key)
    if (kept) return JSON.parse(kept) as T
    // The age counts from before the read: a write that commits meanwhile makes its result old at that moment.
    const began = performance.now()
    const value = await load()
    const left = Math.floor(this.#ttl - (performance.now() - began))
    if (value === undefined || left <= 0) return value
    if (this.#redis) await this.#redis.set(key, JSON.stringify(value), 'PX', left).catch(() => {})
    else this.#memory.set(key, JSON.stringify(value), { ttl: left })
    return value
  }

  async forget(key: string): Promise<void> {
    this.#memory.delete(key)
    await this.#redis?.del(key).catch(() => {})
  }

  /** After changes were missed. Redis hears of them from the replica that made them. */
  forgetAll(): void {
    this.#memory.clear()
  }

  close(): void {
    this.#redis?.disconnect()
  }
}

export class CacheModule extends BaseModule {
  override name = 'cache'
  override requires = [DataModule]

  override configure(container: Container, { logger }: Application): void {
    container.register(Cache, { inject: [AppSettings], factory: (settings) => new Cache(settings, logger) })
  }

  override start({ defer }: StartContext): void {
    const cache = this.container.get(Cache)
    defer(() => cache.close())
    const forget = (change: Change) =>
      change.type === 'missed' ? cache.forgetAll() : cache.forget(userKey(change.user.id))
    defer(this.container.get(Changes).hear(forget))
  }
}

export const userKey = (id: number): string => `user:${id}`

/** Never waits for a Redis that is away: requests are answered from the database meanwhile. */
function connect(url: string, logger: Logger): Redis {
  const impatient = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 250 }
  const retryStrategy = (attempt: number) => Math.min(attempt * 100, 1_000)
  const redis = new Redis(url, { ...impatient, connectTimeout: 1_000, retryStrategy })
  let away = false
  redis.on('error', ({ message }) => {
    if (!away) logger.warn({ error: message }, 'Redis is away: the database answers until it is back')
    away = true
  })
  redis.on('ready', () => {
    if (away) logger.info({}, 'Redis is back')
    away = false
  })
  return redis
}
