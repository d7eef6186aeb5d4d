// Sessions in a WebSocket route: one transaction for the handshake, and one for each message that begins one.

import { Application } from '@myfy/core'
import { Session } from '@myfy/data'
import { defineRoutes } from '@myfy/web'
import { describe, expect, it } from 'vitest'
import { RawWebSocket } from '../../../web/test/raw-websocket.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

const insert = 'insert into messages (text) values ($1)'
const inject = { session: Session, app: Application }

const routes = defineRoutes('', (route) => [
  route.websocket('/chat', { inject }, async ({ session, app }) => {
    await session.execute(insert, ['joined'])
    return {
      message: (peer, message) =>
        app.work('task', { inject: { session: Session } }, async ({ session }) => {
          await session.execute(insert, [message.text()])
          peer.send('stored')
        }),
    }
  }),
  route.websocket('/late', { inject }, ({ session }) => ({
    message: async (peer) => {
      peer.send(await session.execute(insert, ['late']).catch((error) => error.code))
    },
  })),
  route.get('/messages', { inject: { session: Session } }, async ({ session }) =>
    (await session.execute<{ text: string }>('select text from messages')).rows.map(({ text }) => text),
  ),
])

describe.each(backends)('a Session of a WebSocket on %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  const running = application(backend, [routes], {
    migrations: { '0001-messages': 'create table messages (text text)' },
    ...(backend.kind === 'postgres' && { pool: 1 }),
  })
  const messages = async () => (await running.client.get('/messages')).json()
  const open = async (path: string) => RawWebSocket.open((await running.client.listen()) + path)

  each('commits before the connection opens, and holds no connection of the database', async () => {
    const chat = await open('/chat')
    expect(await messages()).toEqual(['joined'])
    chat.send('hello')
    expect(await chat.next()).toBe('stored')
    expect(await messages()).toEqual(['joined', 'hello'])
  })

  each('has ended when a hook uses it', async () => {
    const late = await open('/late')
    late.send('hello')
    expect(await late.next()).toBe('MYFY_SESSION_ENDED')
  })
})
