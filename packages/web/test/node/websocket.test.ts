// WebSocket connections.

import { request } from '@myfy/di'
import { defineRoutes, errors } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'
import { recordingApp } from '../recording.ts'

describe('a WebSocket', () => {
  const opened = (url: string, options?: string[]) => {
    const socket = new WebSocket(url.replace('http', 'ws'), options)
    const messages: string[] = []
    socket.addEventListener('message', (event) => messages.push(String(event.data)))
    const open = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()))
    const closed = new Promise<{ code: number; wasClean: boolean }>((resolve) =>
      socket.addEventListener('close', resolve),
    )
    const failed = new Promise<void>((resolve) => socket.addEventListener('error', () => resolve()))
    const message = () =>
      new Promise<string>((resolve) =>
        socket.addEventListener('message', (event) => resolve(String(event.data)), { once: true }),
      )
    return { socket, messages, open, closed, failed, message }
  }

  test('is validated and has services like a request, and the services live as long as the connection', async () => {
    const events: string[] = []
    const gone = deferred()
    const session = request(() => ({ name: 'ada' }), {
      settle: (_service, outcome) => void events.push(outcome.ok ? 'commit' : 'roll back'),
      dispose: () => gone.resolve(),
    })
    const routes = defineRoutes('/rooms', (route) => {
      route.websocket(
        '/:id',
        { params: z.object({ id: z.coerce.number() }), inject: { session } },
        ({ params, session }) => ({
          open: (peer) => void peer.send(`${session.name} in ${params.id + 1}`),
          message: (peer, message) => void peer.send(message.text().toUpperCase()),
          close: () => void events.push('close'),
        }),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { socket, open, message, closed } = opened(`${url}/rooms/7`)
    expect(await message()).toBe('ada in 8')
    await open
    const answer = message()
    socket.send('hello')
    expect(await answer).toBe('HELLO')
    expect(events).toEqual([])
    socket.close(1000)
    await closed
    await gone.promise
    expect(events).toEqual(['close', 'commit'])
  })

  test('is refused by an error like any request', async () => {
    const routes = defineRoutes('', (route) => {
      route.websocket('/no', () => errors.unauthorized('who are you?'))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { failed } = opened(`${url}/no`)
    await failed
    const plain = await fetch(`${url}/no`)
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })

  test('whose hook throws is closed with 1011, and other requests are not affected', async () => {
    const { logger, lines } = recordingApp()
    const routes = defineRoutes('', (route) => {
      route.websocket('/', () => ({
        message: async () => {
          throw new Error('no such room')
        },
      }))
      route.get('/ok', () => 'ok')
    })
    const { url } = await listening({ web: { routes: [routes] }, logger })
    const { socket, open, closed } = opened(url)
    await open
    socket.send('x')
    expect((await closed).code).toBe(1011)
    expect(lines.some((line) => line.level === 'error' && /message hook of WS \//.test(line.message))).toBe(
      true,
    )
    expect((await fetch(`${url}/ok`)).status).toBe(200)
  })

  test('cannot send a message above the limit', async () => {
    const routes = defineRoutes('', (route) => void route.websocket('/', () => ({})))
    const { url } = await listening({
      web: { routes: [routes] },
      transport: { limits: { maxMessageSize: 100 } },
    })
    const { socket, open, closed } = opened(url)
    await open
    socket.send('x'.repeat(101))
    expect((await closed).code).toBe(1009)
  })

  test('is closed with 1001 when the application drains', async () => {
    const routes = defineRoutes('', (route) => void route.websocket('/', () => ({})))
    const { url, drain, app } = await listening({ web: { routes: [routes] } })
    const { open, closed } = opened(url)
    await open
    expect(app.inFlight.list().map((work) => [work.kind, work.label])).toEqual([['websocket', 'WS /']])
    await drain()
    expect(await closed).toMatchObject({ code: 1001, wasClean: true })
    expect(app.inFlight.size).toBe(0)
  })
})
