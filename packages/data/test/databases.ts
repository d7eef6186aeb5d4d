// The databases that the suites of data and tasks run on: an embedded one always, PostgreSQL where it is reachable.

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { DataOptions } from '../src/index.ts'

const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end().catch(() => {})
  }
}

export const hasPostgres = await admin('select 1').then(
  () => true,
  () => false,
)

/** A place for the data of one test, and a way to remove it. */
export interface Place {
  readonly options: Pick<DataOptions, 'url' | 'directory' | 'engine'>
  remove(): Promise<void>
}

export interface Backend {
  readonly kind: 'embedded' | 'postgres'
  readonly reachable: boolean
  create(): Promise<Place>
}

const embedded: Backend = {
  kind: 'embedded',
  reachable: true,
  create: async () => ({ options: { directory: 'memory://' }, remove: async () => {} }),
}

export const postgres: Backend & { readonly url: string } = {
  url,
  kind: 'postgres',
  reachable: hasPostgres,
  async create() {
    const name = `myfy_test_${randomBytes(6).toString('hex')}`
    await admin(`create database ${name}`)
    const own = new URL(url)
    own.pathname = name
    return { options: { url: own.href }, remove: () => admin(`drop database ${name} with (force)`) }
  },
}

/** For `describe.each`. A server that is not reachable is named in the title of the tests that it skips. */
export const backends: ReadonlyArray<readonly [string, Backend]> = [
  ['the embedded database', embedded],
  [hasPostgres ? 'PostgreSQL' : `PostgreSQL (not reachable at ${new URL(url).host}: skipped)`, postgres],
]
