import { defineRoutes, errors } from '@myfy/web'
import { beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

const inject = { session: Session }

describe.each(backends)('a session on %s', (_, backend) => {
  const test = it.skipIf(!backend.reachable)
  const log: string[] = []
  let entered = () => {}
  let failures = 0

  const add = (session: Session, text: string) => session.query.insertInto('notes').values({ text }).execute()

  const routes = defineRoutes('', (route) => {
    route.post('/kept', { inject }, async ({ session }) => {
      await add(session, 'kept')
      session.afterCommit(() => void log.push('after commit'))
      return 'ok'
    })
    route.post('/thrown', { inject }, async ({ session }) => {
      await add(session, 'thrown')
      session.afterCommit(() => void log.push('after commit'))
      throw new Error('after the write')
    })
    route.post('/returned', { inject }, async ({ session }) => {
      await add(session, 'returned')
      return errors.badRequest('after the write')
    })
    route.post('/left', { inject }, async ({ session, signal }) => {
      await add(session, 'left')
      entered()
      await new Promise((left) => signal.addEventListener('abort', left))
    })
    route.post('/late', { inject, timeout: 50 }, async ({ session, signal }) => {
      // The statement may take longer than the time of the route.
      const late = new Promise((resolve) => signal.addEventListener('abort', resolve))
      await add(session, 'late')
      await late
    })
    route.post('/caught', { inject }, async ({ session }) => {
      await add(session, 'caught')
      await session.execute('select * from nothing').catch(() => {})
      return 'ok'
    })
    route.post('/saved', { inject }, async ({ session }) => {
      await add(session, 'saved')
      const undone = session.savepoint(async () => {
        await add(session, 'undone')
        await add(session, 'saved')
      })
      await undone.catch(() => {})
      return session.savepoint(() => add(session, 'also saved')).then(() => 'ok')
    })
    route.post('/twice', { inject }, async ({ session }) => {
      await add(session, 'twice')
      await add(session, 'twice')
    })
    route.post('/nested', { inject }, ({ session }) => session.query.transaction().execute(async () => 'no'))
    route.post('/callback', { inject }, async ({ session }) => {
      await add(session, 'callback')
      session.afterCommit(() => {
        throw new Error('mail server')
      })
      return 'ok'
    })
    route.post('/ended', { inject }, ({ session, waitUntil }) => {
      const after = new Promise<void>((done) => session.afterCommit(() => setImmediate(done)))
      waitUntil(after.then(() => add(session, 'ended')).catch(({ code }) => void log.push(code)))
      return 'ok'
    })
    route.post('/retried/:times', { inject, transaction: { retry: 2 } }, async ({ session, params }) => {
      await add(session, `attempt ${failures}`)
      if (failures++ < Number(params.times))
        await session.script("do $$ begin raise exception 'conflict' using errcode = '40001'; end $$")
      return 'ok'
    })
    route.post('/read', { inject, transaction: { readOnly: true } }, async ({ session }) =>
      add(session, 'read'),
    )
    route.get('/level', { inject, transaction: { isolation: 'serializable' } }, async ({ session }) => {
      const { rows } = await session.execute('select current_setting($1) as level', ['transaction_isolation'])
      return rows[0]
    })
  })

  const running = application(backend, [routes])
  beforeEach(async () => {
    log.length = failures = 0
    running.errors.length = 0
    if (backend.reachable) await running.database.execute('delete from notes')
  })
  const post = (path: string) => running.client.post(path)

  test('commits before the response is sent, then runs the callbacks', async () => {
    expect((await post('/kept')).status).toBe(200)
    expect(log).toEqual(['after commit'])
    expect(await running.texts()).toEqual(['kept'])
  })

  test.for([
    ['throws', '/thrown', 500],
    ['returns an error', '/returned', 400],
    ['violates a constraint', '/twice', 409],
  ] as const)('rolls back when the handler %s', async ([, path, status]) => {
    expect((await post(path)).status).toBe(status)
    expect(await running.texts()).toEqual([])
    expect(log).toEqual([])
  })

  test('rolls back when the client disconnects, and when the time is over', async () => {
    const leaving = new AbortController()
    const written = new Promise<void>((resolve) => {
      entered = resolve
    })
    void running.client.post('/left', { signal: leaving.signal }).catch(() => {})
    await written
    leaving.abort()
    await running.client.app.inFlight.whenIdle()
    expect((await post('/late')).status).toBe(503)
    await running.client.app.inFlight.whenIdle()
    expect(await running.texts()).toEqual([])
  })

  test('does not report a success after a statement whose error was caught', async () => {
    expect((await post('/caught')).status).toBe(500)
    expect(running.errors.join()).toMatch(/one of its statements failed and the error was caught/)
    expect(await running.texts()).toEqual([])
  })

  test('undoes the part of a savepoint that failed, and nothing else', async () => {
    expect((await post('/saved')).status).toBe(200)
    expect(await running.texts()).toEqual(['saved', 'also saved'])
  })

  test('refuses a transaction inside of it', async () => {
    expect((await post('/nested')).status).toBe(500)
    expect(running.errors.join()).toMatch(/Cannot begin a transaction: the session is one already/)
  })

  test('logs a failed callback: the transaction stands', async () => {
    expect((await post('/callback')).status).toBe(200)
    expect(running.errors.join()).toMatch(/mail server/)
    expect(await running.texts()).toEqual(['callback'])
  })

  test('refuses statements after its end', async () => {
    expect((await post('/ended')).status).toBe(200)
    await running.client.app.inFlight.whenIdle()
    expect(log).toEqual(['MYFY_SESSION_ENDED'])
    expect(await running.texts()).toEqual([])
  })

  test('runs the handler again after a serialization failure, as often as the route declares', async () => {
    expect((await post('/retried/2')).status).toBe(200)
    expect(await running.texts()).toEqual(['attempt 2'])
    failures = 0
    await running.database.execute('delete from notes')
    const refused = await post('/retried/9')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(failures).toBe(3)
    expect(await running.texts()).toEqual([])
  })

  test('refuses writes in a read-only transaction, and takes an isolation level', async () => {
    expect((await post('/read')).status).toBe(500)
    expect(running.errors.join()).toMatch(/Cannot write in POST \/read: its transaction is read-only/)
    expect(await (await running.client.get('/level')).json()).toEqual({ level: 'serializable' })
  })
})

describe.each(backends)('outside of a request on %s', (_, backend) => {
  const running = application(backend, [])
  const test = it.skipIf(!backend.reachable)

  test('a task has a transaction of its own', async () => {
    const { app } = running.client
    await app.work('task', { inject }, ({ session }) =>
      session.execute("insert into notes (text) values ('task')"),
    )
    const failing = app.work('task', { inject }, async ({ session }) => {
      await session.execute("insert into notes (text) values ('failed')")
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await running.texts()).toEqual(['task'])
  })

  test('the database runs statements and transactions of its own', async () => {
    const { query } = running.database
    await query
      .transaction()
      .execute(async (transaction) => {
        await transaction.insertInto('notes').values({ text: 'undone' }).execute()
        throw new Error('undo')
      })
      .catch(() => {})
    const { numDeletedRows } = await query.deleteFrom('notes').executeTakeFirst()
    expect(numDeletedRows).toBe(1n)
  })

  test('values arrive alike: large integers as text, times as dates, JSON parsed', async () => {
    const { rows } = await running.database.execute(
      `select 9007199254740993::int8 as large, 7::int4 as small, 1.50::numeric as exact, '{"a":1}'::jsonb as json,
              timestamptz '2026-01-02T03:04:05Z' as at, true as flag, $1::text[] as list`,
      [['a', 'b']],
    )
    expect(rows[0]).toEqual({
      large: '9007199254740993',
      small: 7,
      exact: '1.50',
      json: { a: 1 },
      at: new Date('2026-01-02T03:04:05Z'),
      flag: true,
      list: ['a', 'b'],
    })
  })
})
