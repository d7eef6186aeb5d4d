// The servers for tests: the embedded database always, PostgreSQL and Redis where they are reachable.

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'

export type Variables = Record<string, string>

const postgresUrl = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'

export const hasPostgres = await answers(() => admin('select 1'))
export const hasRedis = await answers(async () => {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  await redis.connect().finally(() => redis.disconnect())
})

/** A place for the data of one test, and a way to remove it. */
export interface Backend {
  readonly name: string
  readonly reachable: boolean
  create(): Promise<{ readonly env: Variables; remove(): Promise<void> }>
}

export const embedded: Backend = {
  name: 'the embedded database',
  reachable: true,
  async create() {
    const directory = await preparedDirectory()
    return { env: { DATA_DIR: directory }, remove: () => rm(directory, { recursive: true, force: true }) }
  },
}

export const postgres: Backend = {
  name: hasPostgres ? 'PostgreSQL' : `PostgreSQL (not reachable at ${new URL(postgresUrl).host}: skipped)`,
  reachable: hasPostgres,
  async create() {
    const name = `starter_${randomBytes(6).toString('hex')}`
    await admin(`create database ${name}`)
    const url = new URL(postgresUrl)
    url.pathname = name
    return { env: { DATABASE_URL: url.href }, remove: () => admin(`drop database ${name} with (force)`) }
  },
}

export const postgresAndRedis: Backend = {
  name:
    hasPostgres && hasRedis ? 'PostgreSQL with Redis' : 'PostgreSQL with Redis (not both reachable: skipped)',
  reachable: hasPostgres && hasRedis,
  async create() {
    const { env, remove } = await postgres.create()
    // ioredis reads options from the query: the prefix separates tests.
    return {
      env: { ...env, REDIS_URL: `${redisUrl}?keyPrefix=${env.DATABASE_URL!.split('/').at(-1)}:` },
      remove,
    }
  },
}

export const backends = [embedded, postgres, postgresAndRedis]

/** Returns a new directory for an embedded database. */
export function preparedDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'starter-data-'))
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end().catch(() => {})
  }
}

async function answers(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  )
}
