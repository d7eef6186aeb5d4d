// Server-sent events and WebSockets.

import { request } from '@myfy/di'
import { defineRoutes, errors } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from './listening.ts'
import { recordingApp } from './recording.ts'

describe('server-sent events', () => {
  test('are written as the client reads them, and a line break begins no field', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.events(async function* () {
          yield 'plain'
          yield { event: 'tick\nid: 9', id: '1', retry: 10, data: { a: 1 } }
          yield { data: 'two\nlines' }
        }),
      )
    })
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toContain('no-cache')
    expect(await response.text()).toBe(
      'data: plain\n\nevent: tick id: 9\nid: 1\nretry: 10\ndata: {"a":1}\n\ndata: two\ndata: lines\n\n',
    )
  })

  test('send their head at once, and a comment while there is nothing to say', async () => {
    const go = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.events(
          async function* () {
            await go.promise
            yield 'late'
          },
          { heartbeat: 5 },
        ),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const reader = (await fetch(url)).body!.getReader()
    const text = new TextDecoder()
    expect(text.decode((await reader.read()).value)).toBe(':\n\n')
    go.resolve()
    let rest = ''
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += text.decode(part.value)
    expect(rest).toContain('data: late\n\n')
  })

  test('stop their source when the client leaves', async () => {
    const stopped = deferred<string>()
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.events(async function* (ending) {
          try {
            yield 'one'
            await new Promise<void>((resolve) => ending.addEventListener('abort', () => resolve()))
          } finally {
            stopped.resolve('stopped')
          }
        }),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const abort = new AbortController()
    const response = await fetch(url, { signal: abort.signal })
    await response.body!.getReader().read()
    abort.abort()
    expect(await stopped.promise).toBe('stopped')
  })

  test('end between two events when the application drains, also where the source ignores it', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.events(async function* () {
          yield 'one'
          await new Promise(() => {})
        }),
      )
    })
    const { url, drain } = await listening({ web: { routes: [routes] } })
    const response = await fetch(url)
    const text = response.text()
    await drain()
    expect(await text).toBe('data: one\n\n')
  })

  test('are pushed from elsewhere until the application drains, and what closes them has the last word', async () => {
    const opened = deferred<(text: string) => void>()
    const closed: string[] = []
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.push((send) => {
          opened.resolve(send)
          send('first')
          return () => {
            closed.push('closed')
            send('good-bye')
          }
        }),
      )
    })
    const { url, drain } = await listening({ web: { routes: [routes] } })
    const reader = (await fetch(url)).body!.getReader()
    const decoder = new TextDecoder()
    let text = decoder.decode((await reader.read()).value)
    const send = await opened.promise
    send('second')
    send('third')
    while (!text.includes('third')) text += decoder.decode((await reader.read()).value)
    await drain()
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += decoder.decode(part.value)
    expect(text).toBe('data: first\n\ndata: second\n\ndata: third\n\ndata: good-bye\n\n')
    expect(closed).toEqual(['closed'])
    send('nobody')
  })

  test('are pushed no more when the client has left', async () => {
    const closed = deferred<string>()
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.push((send) => {
          send('one')
          return () => closed.resolve('closed')
        }),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const leaving = new AbortController()
    const response = await fetch(url, { signal: leaving.signal })
    await response.body!.getReader().read()
    leaving.abort()
    expect(await closed.promise).toBe('closed')
  })

  test('that wait for a client in a number beyond the limit end its stream', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.push(
          (send) => {
            for (const text of ['one', 'two', 'three']) send(text)
            return () => {}
          },
          { limit: 2 },
        ),
      )
    })
    await using client = await createTestClient({ routes: [routes] })
    expect(await (await client.get('/')).text()).toBe('data: one\n\ndata: two\n\n')
  })
})

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

  test('goes through its schemas and its services like a request, and they live as long as the connection', async () => {
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

  test('is refused by an error, as any request', async () => {
    const routes = defineRoutes('', (route) => {
      route.websocket('/no', () => errors.unauthorized('who are you?'))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { failed } = opened(`${url}/no`)
    await failed
    const plain = await fetch(`${url}/no`)
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })

  test('whose hook throws is closed with 1011, and nothing else is harmed', async () => {
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

  test('may not send more than the limit', async () => {
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

  test('is told 1001 when the application drains', async () => {
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
