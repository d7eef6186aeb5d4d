import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { deferred, listening } from '../listening.ts'

describe('server-sent events', () => {
  test('are formatted by the standard, and a line break in a name begins no field', async () => {
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

  test('send their head at once, and a comment during silence', async () => {
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

  test('end their source when the client leaves', async () => {
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

  test('end between two events when the application drains, even if the source ignores the signal', async () => {
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

  test('are pushed from elsewhere until the application drains, and events that are sent while closing are delivered', async () => {
    const opened = deferred<(text: string) => void>()
    const closed: string[] = []
    const routes = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.push((send) => {
          opened.resolve(send)
          send('first')
          return () => {
            closed.push('closed')
            send('last')
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
    expect(text).toBe('data: first\n\ndata: second\n\ndata: third\n\ndata: last\n\n')
    expect(closed).toEqual(['closed'])
    send('too late')
  })

  test('are unsubscribed when the client has left', async () => {
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

  test('end when more of them wait for the client than the limit allows', async () => {
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
