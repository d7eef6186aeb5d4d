// CacheModule: what was read lately, in Redis or in the memory of this replica. It may be lost at any time.

import { BaseModule, type Logger, type StartContext } from '@myfy/core'
import type { Container } from '@myfy/di'
import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { Changes } from './changes.ts'
import { DataModule } from './data.ts'
import type { Settings } from './database.ts'
import { AppSettings } from './settings.ts'

/** Where entries are kept. Each method may reject: the cache then does without it. */
interface Store {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ms: number): Promise<unknown>
  delete(key: string): Promise<unknown>
  /** After changes were missed. */
  forgetAll(): void
  close(): void
}

/** Its promise: nothing it gives is older than CACHE_TTL. What this replica wrote, or hears of, is gone at once. */
export class Cache {
  readonly #settings: Settings
  #store: Store | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  open(logger: Logger): void {
    this.#store = this.#settings.redisUrl ? redisStore(this.#settings.redisUrl, logger) : memoryStore()
  }

  /** What is kept under the key, or what `load` gives; that is kept, unless it is undefined. */
  async through<T>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const kept = await this.#store?.get(key).catch(() => undefined)
    if (kept !== undefined) return JSON.parse(kept) as T
    // The age counts from before the read: a write that commits meanwhile makes its result old at that moment.
    const began = performance.now()
    const value = await load()
    const left = Math.floor(this.#settings.cacheTtl - (performance.now() - began))
    if (value !== undefined && left > 0)
      await this.#store?.set(key, JSON.stringify(value), left).catch(() => {})
    return value
  }

  async forget(key: string): Promise<void> {
    await this.#store?.delete(key).catch(() => {})
  }

  forgetAll(): void {
    this.#store?.forgetAll()
  }

  close(): void {
    this.#store?.close()
  }
}

export class CacheModule extends BaseModule {
  override name = 'cache'
  override requires = [DataModule]

  override configure(container: Container): void {
    container.register(Cache, { inject: [AppSettings] })
  }

  override start({ logger, defer }: StartContext): void {
    const cache = this.container.get(Cache)
    cache.open(logger)
    defer(() => cache.close())
    defer(
      this.container.get(Changes).hear((change) => {
        if (change.type === 'missed') cache.forgetAll()
        else void cache.forget(userKey(change.user.id))
      }),
    )
  }
}

export const userKey = (id: number): string => `user:${id}`

function memoryStore(): Store {
  const entries = new LRUCache<string, string>({ max: 1_000 })
  return {
    get: async (key) => entries.get(key),
    set: async (key, value, ms) => entries.set(key, value, { ttl: ms }),
    delete: async (key) => entries.delete(key),
    forgetAll: () => entries.clear(),
    close: () => entries.clear(),
  }
}

/** Never waits for a Redis that is away: requests are answered from the database meanwhile. */
function redisStore(url: string, logger: Logger): Store {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  })
  let away = false
  redis.on('error', (error) => {
    if (!away)
      logger.warn({ error: error.message }, 'Redis is away: answers come from the database until it is back')
    away = true
  })
  redis.on('ready', () => {
    if (away) logger.info({}, 'Redis is back')
    away = false
  })
  return {
    get: async (key) => (await redis.get(key)) ?? undefined,
    set: (key, value, ms) => redis.set(key, value, 'PX', ms),
    delete: (key) => redis.del(key),
    forgetAll() {},
    close: () => redis.disconnect(),
  }
}
