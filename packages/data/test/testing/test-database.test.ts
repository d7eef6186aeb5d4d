import { Application, defineModule } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, it } from 'vitest'
import { Database, DataModule, Session } from '../../src/index.ts'
import { testDatabase } from '../../src/testing/index.ts'
import { quiet, schema } from '../application.ts'
import { backends } from '../databases.ts'

const inject = { session: Session }
const routes = defineRoutes('/notes', (route) => {
  route.post('/:text', { inject }, async ({ session, params }) => {
    await session.execute('insert into notes (text) values ($1)', [params.text])
    if (params.text === 'refused') throw new Error('after the write')
  })
  route.get('/', { inject, transaction: { readOnly: true } }, async ({ session }) => {
    const { rows } = await session.execute<{ text: string }>('select text from notes order by id')
    return rows.map(({ text }) => text)
  })
})

const counters = defineModule({
  name: 'counters',
  requires: [DataModule],
  start: async ({ app }) => {
    const database = app.container.get(Database)
    await database.script('create table if not exists counters (n int); insert into counters values (0)')
  },
})

describe.each(backends)('a database for tests on %s', (_, backend) => {
  it.skipIf(!backend.reachable)('keeps after a reset what modules have created at the start', async () => {
    const { options, remove } = await backend.create()
    const database = await testDatabase({ migrations: schema, url: options.url })
    const app = () => createTestApp({ modules: [database.module(), counters], logger: quiet })
    const counted = async () => {
      const { rows } = await database.connection.execute('select n from counters')
      return rows.length
    }
    const first = await app()
    await database.connection.script("insert into counters values (1); insert into notes (text) values ('a')")
    expect(await counted()).toBe(2)
    await database.reset()
    expect(await counted()).toBe(1)
    await first.stopModules()

    // Rows that a test has written before its application starts are its own: they go with the reset.
    await database.connection.execute("insert into notes (text) values ('a')")
    const second = await app()
    expect(await counted()).toBe(2)
    await database.reset()
    expect(await counted()).toBe(1)
    expect((await database.connection.execute('select 1 from notes')).rows).toEqual([])
    await second.stopModules()
    await database.close()
    await remove()
  })

  it.skipIf(!backend.reachable)(
    'commits and rolls back as usual, and keeps nothing after a reset',
    async () => {
      const { options, remove } = await backend.create()
      const database = await testDatabase({ migrations: schema, url: options.url })
      const modules = [database.module(), new WebModule({ routes: [routes] })]
      const client = await createTestClient(new Application({ modules, logger: quiet }) as Application)
      const notes = async () => (await client.get('/notes')).json()

      for (const turn of [1, 2]) {
        expect((await client.post(`/notes/turn${turn}`)).status).toBe(204)
        expect((await client.post('/notes/refused')).status).toBe(500)
        expect((await client.post(`/notes/turn${turn}`)).status).toBe(409)
        expect(await notes()).toEqual([`turn${turn}`])
        await database.connection.execute("insert into notes (text) values ('own')")
        expect(await notes()).toEqual([`turn${turn}`, 'own'])
        await database.reset()
        expect(await notes()).toEqual([])
      }
      await client.close()
      await database.close()
      await remove()
    },
  )

  // With MYFY_HEAVY=1: the figure is that of an idle machine.
  it.skipIf(!backend.reachable || process.env.MYFY_HEAVY !== '1')(
    'costs a test with a request that writes at most 5 ms, 1,000 times',
    { timeout: 120_000 },
    async () => {
      const { options, remove } = await backend.create()
      const database = await testDatabase({ migrations: schema, url: options.url })
      const modules = [database.module(), new WebModule({ routes: [routes] })]
      const client = await createTestClient(new Application({ modules, logger: quiet }) as Application)
      const count = 1_000
      const began = performance.now()
      for (let n = 0; n < count; n++) {
        // Each finds the table empty: the text is unique.
        expect((await client.post('/notes/same')).status).toBe(204)
        await database.reset()
      }
      const ms = (performance.now() - began) / count
      console.log({ kind: backend.kind, msPerTest: Number(ms.toFixed(2)) })
      await client.close()
      await database.close()
      await remove()
      expect(ms).toBeLessThanOrEqual(5)
    },
  )

  it.skipIf(!backend.reachable)('may be idle for as long as a debugger stands still', async () => {
    const { options, remove } = await backend.create()
    await using database = await testDatabase({ url: options.url })
    const { rows } = await database.connection.execute<{ ms: number }>(
      "select extract(epoch from current_setting('idle_in_transaction_session_timeout')::interval) * 1000 as ms",
    )
    const ms = Number(rows[0]!.ms)
    expect(ms === 0 || ms >= 600_000).toBe(true)
    await database.close()
    await remove()
  })
})
