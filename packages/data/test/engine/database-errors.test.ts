// A database that is read-only, full, or of another version: a sentence with a remedy, and nothing half done.

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestApp } from '@myfy/core/testing'
import { defineRoutes } from '@myfy/web'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { Database, DataModule, Lease, Session } from '../../src/index.ts'
import { application, quiet, schema } from '../application.ts'
import { backends, postgres } from '../databases.ts'

const inject = { session: Session }
/** The error of the server for a disk without space: the statement fails with its SQLSTATE. */
const fill = `do $$ begin raise exception using errcode = '53100', message = 'could not extend file "base/1/2"'; end $$`

describe.each(backends)('a database on %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  const routes = defineRoutes('', (route) => {
    route.post('/notes/:text', { inject }, ({ session, params }) =>
      session.execute('insert into notes (text) values ($1)', [params.text]),
    )
    route.post('/full', { inject }, async ({ session }) => {
      await session.execute("insert into notes (text) values ('half')")
      await session.script(fill)
    })
  })
  const running = application(backend, [routes])
  beforeAll(async () => {
    if (backend.reachable) await running.database.script('delete from notes')
  })

  each('that is full answers 503 and keeps nothing of the request', async () => {
    const response = await running.client.post('/full')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
    expect(running.errors.join()).toMatch(
      /Cannot write to the database at .*: its disk is full: could not extend file.*Free or add space/,
    )
    expect(await running.texts()).toEqual([])
  })

  each('that accepts no writes answers 503', async () => {
    // A server would set the mode of one connection of the pool: it is tried below, at the start.
    if (backend.kind === 'postgres') return
    const set = (mode: 'only' | 'write') =>
      running.database.script(`set session characteristics as transaction read ${mode}`)
    await set('only')
    const response = await running.client.post('/notes/refused')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    await set('write')
    expect(await running.texts()).toEqual([])
  })
})

describe.skipIf(!postgres.reachable)('a server', () => {
  test('that accepts no writes refuses the start with a sentence, and nothing is created', async () => {
    const { options, remove } = await postgres.create()
    const url = new URL(options.url!)
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    const start = createTestApp({
      modules: [new DataModule({ url: url.href, migrations: schema })],
      logger: quiet,
    })
    await expect(start).rejects.toThrow(
      /Cannot write to the database at .*: it accepts no writes. Connect to the primary server/,
    )
    await using app = await createTestApp({ modules: [new DataModule(options)], logger: quiet })
    const { rows } = await app.container
      .get(Database)
      .execute("select 1 from pg_tables where tablename = 'notes'")
    expect(rows).toEqual([])
    await app.stopModules()
    await remove()
  })

  test('that is too old refuses the start with a sentence', async () => {
    // A server of another version, as far as its answer goes: the digits of server_version_num are replaced.
    const { port, hostname } = new URL(postgres.url)
    const server = createServer((client) => {
      const upstream = connect(Number(port || 5432), hostname)
      client.pipe(upstream).on('error', () => client.destroy())
      upstream.on('data', (data) =>
        client.write(Buffer.from(data.toString('latin1').replace(/1[4-9]00\d\d/, '130022'), 'latin1')),
      )
      upstream.on('close', () => client.destroy())
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = new URL(postgres.url)
    url.port = String((server.address() as AddressInfo).port)
    url.hostname = '127.0.0.1'
    const start = createTestApp({ modules: [new DataModule({ url: url.href })], logger: quiet })
    await expect(start).rejects.toThrow(
      /it is PostgreSQL 13, and this package supports 14 and later. Upgrade the server/,
    )
    server.close()
  })

  test('whose migrations another process applies names that process and the time', async () => {
    const { options, remove } = await postgres.create()
    const lines: string[] = []
    const logger = { ...quiet, info: (_: unknown, message: string) => void lines.push(message) }
    await using holder = await createTestApp({ modules: [new DataModule(options)], logger: quiet })
    const lease = await Lease.acquire(
      holder.container.get(Database),
      'migrations',
      60_000,
      'process 41 on web-1',
    )
    const starting = createTestApp({
      modules: [new DataModule({ ...options, migrations: schema })],
      logger: {
        ...logger,
        info(fields, message) {
          logger.info(fields, message)
          if (message.startsWith('waiting')) void lease!.release(holder.container.get(Database))
        },
      },
    })
    await (await starting).stopModules()
    expect(lines.join('\n')).toMatch(
      /waiting for the migrations of process 41 on web-1, since \d{4}-\d\d-\d\dT/,
    )
    await holder.stopModules()
    await remove()
  })
})

test('the files of an embedded database of another version are refused, and not changed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-version-'))
  mkdirSync(join(directory, 'pglite'))
  writeFileSync(join(directory, 'pglite', 'PG_VERSION'), '16\n')
  const start = () => createTestApp({ modules: [new DataModule({ directory })], logger: quiet })
  await expect(start()).rejects.toThrow(
    /its files are of PostgreSQL 16, and the embedded one is \d+. Export its data/,
  )
  // The lock is released: the second attempt ends with the same error.
  await expect(start()).rejects.toThrow(/of PostgreSQL 16/)
  rmSync(directory, { recursive: true })
})
