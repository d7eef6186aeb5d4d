// The places where jobs are kept, for suites that hold on all of them: an embedded database always, servers where they are reachable.

import { randomBytes } from 'node:crypto'
import type { Module } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { Redis } from 'ioredis'
import { backends } from '../../data/test/databases.ts'
import { bullmq } from '../src/bullmq/index.ts'
import { type PlainTask, TasksModule } from '../src/index.ts'

export const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'

/** Runs commands on the Redis server of the tests. */
export async function onRedis<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl, { retryStrategy: () => null, lazyConnect: true })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await run(redis)
  } finally {
    redis.disconnect()
  }
}

export const hasRedis = await onRedis((redis) => redis.ping()).then(
  () => true,
  () => false,
)

/** Removes all keys of a prefix. */
export const removeKeys = (prefix: string) =>
  onRedis(async (redis) => {
    const keys = await redis.keys(`${prefix}:*`)
    if (keys.length > 0) await redis.del(...keys)
  })

/** A place for the jobs of one test. */
export interface Place {
  /** Returns the modules of an application whose jobs are kept here. */
  modules(tasks: readonly PlainTask[], worker: boolean): Module[]
  remove(): Promise<void>
}

export interface Store {
  readonly name: string
  readonly reachable: boolean
  /** True if several processes share it. */
  readonly shared: boolean
  create(): Promise<Place>
}

const redis: Store = {
  name: 'Redis',
  reachable: hasRedis,
  shared: true,
  async create() {
    const prefix = `myfy-test-${randomBytes(6).toString('hex')}`
    const engine = bullmq({ url: redisUrl, prefix })
    return {
      modules: (tasks, worker) => [new TasksModule({ tasks, worker, engine })],
      remove: () => removeKeys(prefix),
    }
  },
}

export const stores: ReadonlyArray<readonly [name: string, store: Store]> = [
  ...backends.map(([name, { kind, reachable, create }]): readonly [string, Store] => [
    name,
    {
      name,
      reachable,
      shared: kind === 'postgres',
      async create() {
        const { options, remove } = await create()
        return {
          modules: (tasks, worker) => [new DataModule(options), new TasksModule({ tasks, worker })],
          remove,
        }
      },
    },
  ]),
  [redis.name, redis],
]
