// Sessions in the authentication of a route, beside those of its handler.

import type { Database } from '@myfy/data'
import { Session } from '@myfy/data'
import { type AuthResult, defineAuth, defineRoutes, errors, type Routes } from '@myfy/web'
import { describe, expect, it } from 'vitest'
import { RawWebSocket } from '../../../web/test/raw-websocket.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

interface User {
  readonly name: string
  readonly session: Session
}

/** Notes each token in the database, and decides by it. */
const bearer = defineAuth({
  scheme: 'bearer',
  inject: { session: Session },
  async authenticate({ session, token }): Promise<AuthResult<User>> {
    await session.execute('insert into seen (token) values ($1)', [token])
    if (token === 'unknown') return undefined
    if (token === 'refused') return errors.forbidden('refused')
    if (token === 'broken') throw new Error('the lookup is broken')
    return { name: token, session }
  },
})

const count = 'select count(*)::int as seen from seen where token = $1'
const seenBy = async (connection: Session | Database, token: string) =>
  (await connection.execute<{ seen: number }>(count, [token])).rows[0]?.seen

const routes: Routes[] = [
  defineRoutes('', { auth: bearer }, (route) => [
    route.get('/handler', { inject: { session: Session } }, ({ identity, session }) =>
      seenBy(session, identity.name),
    ),
    route.get(
      '/retry',
      { inject: { session: Session }, transaction: { retry: 2 } },
      ({ identity, session }) => seenBy(session, identity.name),
    ),
    route.get('/identity', ({ identity }) => seenBy(identity.session, identity.name)),
    route.get('/fails', { inject: { session: Session } }, async ({ session }) => {
      await seenBy(session, 'any')
      throw errors.conflict('no')
    }),
    route.get('/stream', ({ stream }) =>
      stream.events(async function* (ending) {
        yield 'first'
        await new Promise((resolve) => ending.addEventListener('abort', resolve))
      }),
    ),
    route.websocket('/websocket', () => ({ open: (peer) => void peer.send('open') })),
  ]),
  defineRoutes(
    '/before',
    {
      auth: bearer,
      before: {
        inject: { session: Session },
        run: async ({ session }) => void (await seenBy(session, 'any')),
      },
    },
    (route) => [
      route.get('', { inject: { session: Session } }, ({ identity, session }) =>
        seenBy(session, identity.name),
      ),
    ],
  ),
]

describe.each(backends)('authentication with a Session of %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  const running = application(backend, routes, {
    migrations: { '0001-seen': 'create table seen (token text)' },
    // Fewer connections than requests at once.
    ...(backend.kind === 'postgres' && { pool: 2 }),
  })
  const get = async (path: string, token: string) =>
    fetch((await running.client.listen()) + path, { headers: { authorization: `Bearer ${token}` } })
  const seen = (token: string) => seenBy(running.database, token)

  each.each(['/handler', '/retry', '/before'])('GET %s needs one connection at a time', async (path) => {
    const token = `at-once${path.replace('/', '-')}`
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(path, token)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await seen(token)).toBe(20)
  })

  each('commits before the handler runs: what it wrote stays when the request fails', async () => {
    expect((await get('/fails', 'kept')).status).toBe(409)
    expect(await seen('kept')).toBe(1)
  })

  each.each([
    // An attempt with a wrong token can be counted.
    ['unknown', 401, 1],
    ['refused', 403, 0],
    ['broken', 500, 0],
  ])('of the token %s is a %i, and keeps %i of its writes', async (token, status, kept) => {
    expect((await get('/handler', token)).status).toBe(status)
    expect(await seen(token)).toBe(kept)
  })

  each('refuses an identity that uses the session after its end', async () => {
    const answer = await get('/identity', 'late')
    expect(answer.status).toBe(500)
    expect(await seen('late')).toBe(1)
  })

  each('holds no connection while streams are open', async () => {
    const streams = await Promise.all(['a', 'b', 'c'].map((token) => get('/stream', token)))
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await get('/handler', 'beside-streams')).status).toBe(200)
    await Promise.all(streams.map(({ body }) => body!.cancel()))
  })

  each('holds no connection while WebSockets are open', async () => {
    for (const token of ['a', 'b', 'c']) {
      const headers = { authorization: `Bearer ${token}` }
      const { response } = await RawWebSocket.open(`${await running.client.listen()}/websocket`, headers)
      expect(response.statusCode).toBe(101)
    }
    expect((await get('/handler', 'beside-sockets')).status).toBe(200)
  })
})
