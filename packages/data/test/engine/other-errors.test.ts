// Errors of anything but the database are not answered as those of the database, whatever code or message they have.

import { readFileSync } from 'node:fs'
import { defineRoutes, errors } from '@myfy/web'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { beforeEach, describe, expect, it, test } from 'vitest'
import { defineDriver, isUnavailable, Session } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

const Drizzle = defineDriver({
  connect: (connection) =>
    drizzle(async (statement, values, method) => {
      const { rows } = await connection.execute<unknown[]>(statement, values, { arrays: method === 'all' })
      return { rows }
    }),
})
const others: Readonly<Record<string, () => unknown>> = {
  'a file that is missing': () => readFileSync('/nonexistent'),
  'another service that times out': () => {
    throw new Error('the payment timed out')
  },
  'another server that refuses the connection': () => {
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  },
  'a response that broke off': () => {
    throw new TypeError('terminated')
  },
}
const fail = (code: string) =>
  sql.raw(`do $$ begin raise exception using errcode = '${code}', message = 'raised'; end $$`)

describe.each(backends)('beside %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  let attempts = 0
  const routes = defineRoutes('', { inject: { session: Session } }, (route) => {
    route.get('/other/:name', ({ params }) => others[params.name]!())
    route.get('/drizzle/:code', { transaction: { retry: 1 } }, ({ session, params }) => {
      attempts++
      return session.use(Drizzle).execute(fail(params.code))
    })
    route.get('/taken', ({ session }) =>
      session
        .use(Drizzle)
        .execute(sql`insert into notes (text) values ('a'), ('a')`)
        .then(() => 'ok'),
    )
    route.get('/answered', async ({ session }) => {
      await session.script("insert into notes (text) values ('a'), ('a')").catch((cause) => {
        throw errors.badRequest('the name is taken', { cause })
      })
    })
  })
  const running = application(backend, [routes])
  beforeEach(() => {
    attempts = running.errors.length = 0
  })

  each.for(Object.keys(others))('%s is an error of the handler, and logged', async (name) => {
    expect((await running.client.get(`/other/${encodeURIComponent(name)}`)).status).toBe(500)
    expect(running.errors).toHaveLength(1)
  })

  each('an error that a client has wrapped is still one of the database', async () => {
    const taken = await running.client.get('/taken')
    const id = taken.headers.get('x-request-id')
    expect([taken.status, await taken.json()]).toEqual([409, expect.objectContaining({ id })])
    expect((await running.client.get('/drizzle/57P01')).status).toBe(503)
    expect((await running.client.get('/drizzle/22003')).status).toBe(422)
    // A check, a reference to a row that is gone, and an exclusion: rules of the data that the input breaks.
    expect((await running.client.get('/drizzle/23514')).status).toBe(422)
    expect((await running.client.get('/drizzle/23503')).status).toBe(409)
    expect((await running.client.get('/drizzle/23P01')).status).toBe(409)
    // A column without a value, which the application forgot.
    expect((await running.client.get('/drizzle/23502')).status).toBe(500)
    attempts = 0
    expect((await running.client.get('/drizzle/40001')).status).toBe(503)
    expect(attempts).toBe(2)
  })

  // A server that answers is not unavailable: its client would look for the fault in the wrong place.
  each.for([
    ['40001', 'in conflict with another request'],
    ['40P01', 'in conflict with another request'],
    ['57014', 'the database took too long'],
    ['55P03', 'the database took too long'],
    ['57P03', 'the database is unavailable'],
    ['53300', 'the database is unavailable'],
  ] as const)('the response to %s says: %s', async ([code, detail]) => {
    const response = await running.client.get(`/drizzle/${code}`)
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '1',
      expect.objectContaining({ detail }),
    ])
  })

  each('an answer that an error of the database has caused stands', async () => {
    expect((await running.client.get('/answered')).status).toBe(400)
  })
})

test('no error of anything else says that the database is unavailable', () => {
  for (const error of [
    new Error('timed out'),
    Object.assign(new Error(), { code: 'ENOENT' }),
    undefined,
    'x',
  ])
    expect(isUnavailable(error)).toBe(false)
})
