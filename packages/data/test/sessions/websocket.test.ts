// Sessions in a WebSocket route: one transaction for the handshake, and one for each message that begins one.

import { Application } from '@myfy/core'
import { Database, DataModule, Session } from '@myfy/data'
import { defineRoutes } from '@myfy/web'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listening } from '../../../web/test/listening.ts'
import { RawWebSocket } from '../../../web/test/raw-websocket.ts'
import { backends, type Place } from '../databases.ts'

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
  let place: Place
  let opened: Awaited<ReturnType<typeof listening>>
  beforeAll(async () => {
    if (!backend.reachable) return
    place = await backend.create()
    const data = new DataModule({ ...place.options, ...(backend.kind === 'postgres' && { pool: 1 }) })
    opened = await listening({ web: { routes: [routes] }, modules: [data], manual: true })
    await opened.app.container.get(Database).script('create table messages (text text)')
  }, 60_000)
  afterAll(async () => {
    await opened?.stop()
    await place?.remove()
  })
  const messages = async () => (await fetch(`${opened.url}/messages`)).json()

  each('commits before the connection opens, and holds no connection of the database', async () => {
    const chat = await RawWebSocket.open(`${opened.url}/chat`)
    expect(await messages()).toEqual(['joined'])
    chat.send('hello')
    expect(await chat.next()).toBe('stored')
    expect(await messages()).toEqual(['joined', 'hello'])
  })

  each('has ended when a hook uses it', async () => {
    const late = await RawWebSocket.open(`${opened.url}/late`)
    late.send('hello')
    expect(await late.next()).toBe('MYFY_SESSION_ENDED')
  })
})
