import { createTestApp } from '@myfy/core/testing'
import { describe, expect, it, test } from 'vitest'
import { Database, DataModule } from '../../src/index.ts'
import { readServerUrl } from '../../src/postgres/server-url.ts'
import { testDatabase } from '../../src/testing/index.ts'
import { quiet } from '../application.ts'
import { postgres } from '../databases.ts'

const read = (url: string) => readServerUrl(url, 'URL of the database')

test.each([
  ['', /it is empty.*leave it undefined/],
  ['localhost', /it is not a URL/],
  ['postgres://user:p#ss@host/name', /it is not a URL.*percent-encoded/],
  ['postgres://user:p@ss/w@host/name', /its password contains a character that ends it.*Percent-encode/],
  ['postgres://one:5432,two:5432/name', /it is not a URL.*for one host/],
  ['localhost:5432/name', /its scheme is "localhost"/],
  ['mysql://user@host/name', /its scheme is "mysql"/],
  ['postgres://user@host/name?schema=shop', /no parameter schema.*options=-csearch_path%3Dshop/],
])('the URL %j is refused with the reason, and without its password', (url, message) => {
  expect(() => read(url)).toThrow(message)
  expect(() => read(url)).toThrow(/^Cannot use the URL of the database: /)
  expect(() => read(url)).not.toThrow(/p#ss|ss.w@/)
})

test.each([
  ['postgres://user:secret@db.example.com:6432/shop', 'db.example.com:6432/shop'],
  ['postgresql://db.example.com/shop', 'db.example.com/shop'],
  ['postgres://user:p%40ss%2Fw%23%3F%25@[2001:db8::1]:5432/shop', '[2001:db8::1]:5432/shop'],
  ['postgres:///shop?host=/var/run/postgresql', '/var/run/postgresql/shop'],
  ['postgres://user@%2Fvar%2Frun%2Fpostgresql/shop', '/var/run/postgresql/shop'],
  ['socket:/var/run/postgresql?db=shop', '/var/run/postgresql'],
])('the URL %j is named %j in logs', (url, label) => {
  expect(read(url)).toEqual({ label, unknown: [] })
})

describe.skipIf(!postgres.reachable)('a server', () => {
  const start = (url: string, logger = quiet) =>
    createTestApp({ modules: [new DataModule({ url, wait: 500 })], logger })
  const withParameters = (parameters: Record<string, string>) => {
    const url = new URL(postgres.url)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  }

  it('without the TLS that its URL demands is reported as such', async () => {
    await expect(start(withParameters({ sslmode: 'verify-full' }))).rejects.toThrow(
      /its URL demands TLS, and the server does not offer it. Turn TLS on at the server, or set sslmode=disable/,
    )
  })

  it('receives the options of its URL, and the log names parameters without an effect', async () => {
    const lines: string[] = []
    const logger = { ...quiet, warn: (_: unknown, message: string) => void lines.push(message) }
    const { options, remove } = await postgres.create()
    const url = new URL(options.url!)
    url.searchParams.set('options', '-csearch_path=public,pg_catalog')
    url.searchParams.set('connection_limit', '5')
    url.searchParams.set('target_session_attrs', 'any')
    const app = await start(url.href, logger)
    const { rows } = await app.container.get(Database).execute('show search_path')
    await app.stopModules()
    await remove()
    expect(rows).toEqual([{ search_path: 'public,pg_catalog' }])
    expect(lines).toEqual([
      expect.stringMatching(/the parameter connection_limit .* has no effect: set the option pool/),
      expect.stringMatching(/the parameter target_session_attrs .* has no effect: remove it/),
    ])
  })

  it('whose user may not create tables is named with the right that is missing', async () => {
    const { options, remove } = await postgres.create()
    const admin = await start(options.url!)
    const database = admin.container.get(Database)
    const user = `myfy_${Math.random().toString(36).slice(2, 10)}`
    await database.script(
      `drop table myfy_migrations, myfy_leases, myfy_idempotency;
       create role ${user} login; revoke create on schema public from public`,
    )
    const url = new URL(options.url!)
    url.username = user
    await expect(start(url.href)).rejects.toThrow(
      /permission denied for schema public. Grant its user the right to create tables/,
    )
    await database.script(`drop role ${user}`)
    await admin.stopModules()
    await remove()
  })

  it('for tests is refused with the same reasons', async () => {
    await expect(testDatabase({ url: 'mysql://host/name' })).rejects.toThrow(/its scheme is "mysql"/)
  })
})
