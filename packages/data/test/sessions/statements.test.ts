// Statements of a session in every order: beside each other, inside of savepoints, and those that would end its transaction.

import { defineRoutes } from '@myfy/web'
import { beforeEach, describe, expect, it } from 'vitest'
import { Database, Session } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

const inject = { session: Session }

describe.each(backends)('statements of a session on %s', (_, backend) => {
  const test = it.skipIf(!backend.reachable)
  const add = (session: Session, text: string) =>
    session.execute('insert into notes (text) values ($1)', [text])
  let run: (session: Session, database: Database) => unknown = () => {}

  const routes = defineRoutes('', { inject: { ...inject, database: Database } }, (route) => {
    route.post('/run', async ({ session, database }) => run(session, database))
    route.post('/short', { timeout: 300 }, async ({ session, database }) => run(session, database))
  })
  const running = application(backend, [routes], { pool: 1 })
  beforeEach(async () => {
    running.errors.length = 0
    if (backend.reachable) await running.database.execute('delete from notes')
  })
  const call = async (handler: typeof run, path = '/run') => {
    run = handler
    const response = await running.client.post(path)
    return { status: response.status, texts: (await running.texts()).sort() }
  }

  test('run one after the other, also if they are sent at once', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error) => void warnings.push(warning)
    process.on('warning', warn)
    const handler = (session: Session) => Promise.all(['a', 'b', 'c'].map((text) => add(session, text)))
    expect(await call(handler)).toEqual({ status: 200, texts: ['a', 'b', 'c'] })
    // Node emits a warning in the next turn.
    await new Promise(setImmediate)
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  test('fail the request if the one that fails is not awaited', async () => {
    const handler = async (session: Session) => {
      await add(session, 'a')
      void add(session, 'a').catch(() => {})
    }
    expect(await call(handler)).toEqual({ status: 500, texts: [] })
  })

  test('in savepoints that are begun at once are undone each by itself', async () => {
    const handler = async (session: Session) => {
      const parts = ['a', 'b', 'fails', 'b', 'c'].map((text) =>
        session.savepoint(async () => {
          await add(session, text)
          if (text === 'fails') throw new Error('undo')
        }),
      )
      const results = await Promise.allSettled(parts)
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ])
    }
    expect(await call(handler)).toEqual({ status: 204, texts: ['a', 'b', 'c'] })
  })

  test('in savepoints inside of each other are undone with the inner or the outer one', async () => {
    const handler = (session: Session) =>
      session.savepoint(async () => {
        await add(session, 'outer')
        const inner = session.savepoint(async () => {
          await add(session, 'inner')
          throw new Error('undo')
        })
        await inner.catch(() => {})
        await Promise.all([
          session.savepoint(() => add(session, 'x')),
          session.savepoint(() => add(session, 'y')),
        ])
      })
    expect(await call(handler)).toEqual({ status: 204, texts: ['outer', 'x', 'y'] })
  })

  test('beside a savepoint that fails are not lost in silence: the request fails', async () => {
    const handler = async (session: Session) => {
      const begun = deferred()
      const written = deferred()
      const part = session.savepoint(async () => {
        begun.resolve()
        await written.promise
        throw new Error('undo')
      })
      await begun.promise
      await add(session, 'beside')
      written.resolve()
      await part.catch(() => {})
    }
    expect(await call(handler)).toEqual({ status: 500, texts: [] })
    expect(running.errors.join()).toMatch(/a statement beside it was writing, and that write was undone/)
  })

  test.for([
    ['commit', 'COMMIT'],
    ['/* now */ Rollback', 'ROLLBACK'],
    ["select 1; insert into notes (text) values ('; x'); end", 'END'],
    ['start transaction', 'START TRANSACTION'],
    ['begin; select 1; commit', 'BEGIN'],
    ['abort', 'ABORT'],
  ] as const)('that would end the transaction are refused: %s', async ([text, control]) => {
    const handler = async (session: Session) => {
      await add(session, 'before')
      await session.script(text)
    }
    expect(await call(handler)).toEqual({ status: 500, texts: [] })
    expect(running.errors.join()).toContain(`Cannot run ${control} here`)
  })

  test.for([
    "select 'x; commit'",
    '-- ; commit\nselect 1',
    'select 1 as "end"',
    'do $$ begin null; end $$',
    'create function one() returns int language sql begin atomic select case when true then 1 end; end',
    'select case when true then 1 end',
  ])('that only mention such a word run: %s', async (text) => {
    const handler = async (session: Session) => {
      await session.script(text)
      throw new Error('undo')
    }
    await call(handler)
    expect(running.errors.join()).toMatch(/Error: undo/)
  })

  test.for([
    ['set search_path to pg_catalog', "current_setting('search_path') <> 'pg_catalog'"],
    ["select set_config('statement_timeout', '7', false)", "current_setting('statement_timeout') <> '7ms'"],
    ['select pg_advisory_lock(7)', "not exists (select 1 from pg_locks where locktype = 'advisory')"],
    ['create temporary table scratch (n int)', "to_regclass('scratch') is null"],
  ] as const)('that change the connection do not reach the next request: %s', async ([text, isClean]) => {
    expect((await call((session) => session.execute(text).then(() => 'ok'))).status).toBe(200)
    const { rows } = await running.database.execute(`select ${isClean} as clean`)
    expect(rows).toEqual([{ clean: true }])
  })

  test('of which there are two in one are refused', async () => {
    const text = "insert into notes (text) values ('a'); insert into notes (text) values ('b')"
    expect(await call((session) => session.execute(text))).toEqual({ status: 500, texts: [] })
    expect(running.errors.join()).toMatch(/multiple commands/)
  })

  test('with too few values are a mistake, not an outage', async () => {
    const handler = (session: Session) => session.execute('select $1::text, $2::text', ['a'])
    expect((await call(handler)).status).toBe(500)
  })

  test('of the database that wait for the session of their own request end with the request', async () => {
    const handler = async (session: Session, database: Database) => {
      await add(session, 'a')
      await database.execute('select 1')
    }
    expect(await call(handler, '/short')).toEqual({ status: 503, texts: [] })
    // The connection is free again.
    expect(await call((session) => add(session, 'next'))).toMatchObject({ texts: ['next'] })
  })
})

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
