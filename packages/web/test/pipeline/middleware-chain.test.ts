// What middleware returns, and what becomes of the answer around which it runs.

import { defineRoutes, type Middleware } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'
import { RawConnection } from '../raw-client.ts'
import { recordingApp } from '../recording.ts'

const routes = defineRoutes('', (route) => {
  route.get('/order', () => ({ id: 7 }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

async function answers(middleware: readonly Middleware[], path: string) {
  const { logger, lines } = recordingApp()
  const client = await createTestClient({ routes: [routes], middleware, logger })
  const response = await client.get(path)
  const messages = lines.map(({ fields }) => (fields as { err?: Error }).err?.message).join()
  const result = { status: response.status, text: await response.text(), headers: response.headers, messages }
  await client.close()
  return result
}

describe('middleware that returns nothing', () => {
  const timing: Middleware = async (_context, next) => {
    await next()
  }
  // As in Koa, Hono and Express: the answer is next's.
  test.each([
    ['/order', 200],
    ['/boom', 500],
    ['/nowhere', 404],
  ])('passes on the answer of next() to %s: %i', async (path, status) => {
    expect((await answers([timing, timing], path)).status).toBe(status)
  })

  test('passes on the headers that it has set', async () => {
    const stamp: Middleware = async (_context, next) => {
      const { headers } = await next()
      headers.set('x-stamp', '1')
    }
    expect((await answers([stamp], '/order')).headers.get('x-stamp')).toBe('1')
  })

  test('passes on the answer also without waiting for it', async () => {
    expect(await answers([(_context, next) => void next()], '/order')).toMatchObject({
      status: 200,
      text: '{"id":7}',
    })
  })

  test('and does not call next() is a 500 that names it', async () => {
    const { status, messages } = await answers([function forgetful() {}], '/order')
    expect(status).toBe(500)
    expect(messages).toBe(
      "Cannot answer GET /order: the middleware 'forgetful' returned nothing and did not call next(). Return next(), or an answer.",
    )
  })
})

test('next() called twice is a 500 that names the middleware, and the handler runs once', async () => {
  let calls = 0
  const count = defineRoutes('', (route) => void route.get('/', () => ++calls))
  const { logger, lines } = recordingApp()
  const twice: Middleware = async (_context, next) => {
    await next()
    return next()
  }
  await using client = await createTestClient({ routes: [count], middleware: [twice], logger })
  expect((await client.get('/')).status).toBe(500)
  expect(calls).toBe(1)
  expect(lines.map(({ fields }) => String((fields as { err?: Error }).err?.message)).join()).toContain(
    "'twice'",
  )
})

test('the body of an answer can be read and the answer passed on', async () => {
  const read: Middleware = async (_context, next) => {
    const response = await next()
    await response.text()
    return response
  }
  expect(await answers([read], '/order')).toMatchObject({ status: 200, text: '{"id":7}' })
})

describe('a stream inside of middleware', () => {
  const look: Middleware = async (_context, next) => {
    const response = await next()
    response.headers.set('x-seen', '1')
    return response
  }
  const wrap: Middleware = async (_context, next) => {
    const response = await next()
    return new Response(response.body, response)
  }
  const replace: Middleware = async (_context, next) => {
    await next()
    return new Response('replaced')
  }

  test.each([
    ['none', [], 'data: one\n\n'],
    ['one that sets a header', [look], 'data: one\n\n'],
    ['three that set headers', [look, look, look], 'data: one\n\n'],
    ['one that wraps the body', [look, wrap, look], 'data: one\n\n'],
    ['one that answers in its place', [look, replace], 'replaced'],
  ])('is opened at most once and closed as often: %s', async (_name, middleware, text) => {
    let opened = 0
    let closed = 0
    const pushed = defineRoutes('', (route) => {
      route.get('/', ({ stream }) =>
        stream.push(
          (send) => {
            opened++
            send('one')
            send('beyond the limit')
            return () => closed++
          },
          { limit: 1 },
        ),
      )
    })
    const { url, app } = await listening({ web: { routes: [pushed], middleware } })
    expect(await (await fetch(url)).text()).toBe(text)
    await app.inFlight.whenIdle()
    expect(opened).toBe(text === 'replaced' ? 0 : 1)
    expect(closed).toBe(opened)
  })

  test('that is replaced is cancelled', async () => {
    let cancelled = 0
    const web = defineRoutes('', (route) => {
      route.get(
        '/',
        () =>
          new Response(
            new ReadableStream({ cancel: () => void cancelled++, pull: (c) => c.enqueue(Buffer.from('x')) }),
          ),
      )
    })
    const { url, app } = await listening({ web: { routes: [web], middleware: [replace] } })
    expect(await (await fetch(url)).text()).toBe('replaced')
    await app.inFlight.whenIdle()
    expect(cancelled).toBe(1)
  })
})

describe('middleware beside a stream', () => {
  const streamed = defineRoutes('', (route) => {
    route.get('/', async function* () {
      yield 'one '
      yield 'two '
      yield 'three'
    })
  })
  const over = async (middleware: Middleware) => {
    const { logger, lines } = recordingApp()
    const { url } = await listening({ web: { routes: [streamed], middleware: [middleware] }, logger })
    const response = await fetch(url)
    const messages = lines.map(({ fields }) => (fields as { err?: Error }).err?.message).join()
    return { status: response.status, text: await response.text(), messages }
  }

  // The Fetch standard: a clone and its original each have the whole body.
  test('reads a clone whole, and the client receives the whole answer', async () => {
    let copy = ''
    const read: Middleware = async (_context, next) => {
      const response = await next()
      copy = await response.clone().text()
      return response
    }
    expect(await over(read)).toMatchObject({ status: 200, text: 'one two three' })
    expect(copy).toBe('one two three')
  })

  test.each<[string, (response: Response) => unknown]>([
    ['whole', (response) => response.text()],
    ['in part', (response) => response.body!.getReader().read()],
  ])('that has read it %s cannot pass it on: a 500 that says so', async (_, read) => {
    const { status, messages } = await over(async (_context, next) => {
      const response = await next()
      await read(response)
      return response
    })
    expect(status).toBe(500)
    expect(messages).toContain('its body was already read')
  })
})

// RFC 9110, 7.6.1 and 8.6: middleware decides what an answer says, the server how it is framed.
test.each([
  ['content-length', '999', ['8']],
  ['transfer-encoding', 'gzip', []],
  ['connection', 'x-secret', ['keep-alive']],
  ['keep-alive', 'timeout=999', ['timeout=30']],
  ['date', 'Thu, 01 Jan 1970 00:00:00 GMT', ['Thu, 01 Jan 1970 00:00:00 GMT']],
  ['x-request-id', 'mine', ['mine']],
  ['x-content-type-options', 'none', ['none']],
  ['set-cookie', 'a=1; Path=/', ['a=1; Path=/']],
])('a header %s of middleware is sent as HTTP allows', async (name, value, sent) => {
  const set: Middleware = async (_context, next) => {
    const response = await next()
    response.headers.set(name, value)
    return response
  }
  const transport = { limits: { keepAliveTimeout: 30_000 } }
  const { port } = await listening({ transport, web: { routes: [routes], middleware: [set] } })
  const connection = new RawConnection({ port })
  for (let time = 0; time < 2; time++) {
    const response = await connection.request('GET', '/order').response()
    expect(response.body.toString()).toBe('{"id":7}')
    expect(response.headers.filter(([other]) => other === name).map(([, given]) => given)).toEqual(sent)
  }
  connection.close()
})
