import { Application } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import {
  defineRoutes,
  HTTPTransport,
  mountNode,
  type RouteBuilder,
  serveFiles,
  WebModule,
  type WebModuleOptions,
} from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordingApp } from '../recording.ts'

/** A value that the compiler has not checked: from a file, computed, or from a circular import. */
const untyped = (value: unknown) => value as never

const initialize = async (options: WebModuleOptions) => {
  await new Application({ host: new TestHost(), modules: [new WebModule(options)] }).initialize()
}
const module = (options: object) => () => initialize(options)
const route = (declare: (route: RouteBuilder<'/users'>) => unknown) => async () =>
  initialize({ routes: [defineRoutes('/users', (builder) => void declare(builder))] })
const handler = () => 'answered'

describe('an unknown option is refused', () => {
  test.each<[of: string, call: () => unknown, fix: string]>([
    ["'prot' of WebModule", module({ prot: 1 }), 'Write port'],
    ["'midleware' of WebModule", module({ midleware: [] }), 'Write middleware'],
    ["'prot' of health", module({ health: { prot: 1 } }), 'Write port'],
    ["'titel' of openapi", module({ openapi: { titel: 'x' } }), 'Write title'],
    ["'origins' of cors", module({ cors: { origins: ['https://a.example'] } }), 'Write origin'],
    [
      "'origins' of cors",
      route((r) => r.get('/', { cors: untyped({ origins: ['https://a.example'] }) }, handler)),
      'Write origin',
    ],
    ["'prot' of HTTPTransport", () => new HTTPTransport(untyped({ prot: 1 })), 'Write port'],
    ["'maxage' of serveFiles('/a')", () => serveFiles('/a', '.', untyped({ maxage: 1 })), 'Write maxAge'],
    ["'timout' of mountNode('/a')", () => mountNode('/a', () => {}, untyped({ timout: 1 })), 'Write timeout'],
  ])('%s', async (of, call, fix) => {
    await expect((async () => call())()).rejects.toMatchObject({
      code: 'MYFY_OPTION_UNKNOWN',
      message: `Cannot use the option ${of}: it does not exist. ${fix}.`,
    })
  })

  test('limits of a connection, before the transport listens', async () => {
    const app = new Application({
      host: new TestHost(),
      logger: recordingApp().logger,
      modules: [new WebModule({ port: 0, limits: untyped({ headerTimeout: 1 }) })],
    })
    let failure: unknown
    app.on('failed', ({ error }) => {
      failure = (error as Error).cause
    })
    await app.run({ signals: false }).catch(() => {})
    expect(failure).toMatchObject({
      message: "Cannot use the option 'headerTimeout' of limits: it does not exist. Write headersTimeout.",
    })
  })

  test.each(['port', 'host', 'path', 'limits', 'trustProxy'] as const)(
    '%s beside a transport, which has its own',
    (name) => {
      const web = new WebModule({ transport: new HTTPTransport({ port: 0 }), [name]: undefined })
      expect(() => web.transports()).toThrow(`Cannot use the option '${name}' of WebModule`)
    },
  )
})

describe('an invalid amount is rejected', () => {
  test.each<[what: string, call: () => Promise<void>, words: string]>([
    [
      'a body limit of NaN',
      module({ bodyLimit: Number.NaN }),
      'Cannot configure WebModule: bodyLimit is NaN. Set a number of bytes, 0 or greater.',
    ],
    ['a body limit with a unit', module({ bodyLimit: '1mb' }), 'WebModule: bodyLimit is "1mb"'],
    [
      'a negative timeout',
      module({ timeout: -1 }),
      'Cannot configure WebModule: timeout is -1. Set a number of ms, 0 or greater, or a text such as 500ms, 30s, 2m or 1h.',
    ],
    [
      'a body limit of a route',
      route((r) => r.post('/', { bodyLimit: Number.NaN }, handler)),
      'POST /users: bodyLimit is NaN',
    ],
    [
      'a timeout of a route',
      route((r) => r.get('/', { timeout: Number.NaN }, handler)),
      'GET /users: timeout is NaN',
    ],
    [
      // A timer of Node.js takes a longer time for 1 ms.
      'a timeout that no timer can wait for',
      route((r) => r.get('/', { timeout: Number.POSITIVE_INFINITY }, handler)),
      'GET /users: timeout is Infinity. Set a number of ms, from 0 to 2147483647, or a text such as 500ms, 30s, 2m or 1h.',
    ],
  ])('%s', async (_, call, words) => {
    await expect(call()).rejects.toMatchObject({
      code: 'MYFY_OPTION_INVALID',
      message: expect.stringContaining(words),
    })
  })

  test.each([
    [
      { headersTimeout: Number.NaN },
      'limits: headersTimeout is NaN. Set a number of ms, 0 or greater, or a text such as 500ms, 30s, 2m or 1h.',
    ],
    [
      { keepAliveTimeout: 2 ** 31 },
      'limits: keepAliveTimeout is 2147483648. Set a number of ms, from 0 to 2147483647, or a text such as 500ms, 30s, 2m or 1h.',
    ],
    [{ maxHeaderSize: -1 }, 'limits: maxHeaderSize is -1. Set a number of bytes, 0 or greater.'],
    [
      { maxConnections: untyped('9') },
      'limits: maxConnections is "9". Set a number of connections, 0 or greater.',
    ],
  ])('%o of a connection, before the transport listens', async (limits, words) => {
    const modules = [new WebModule({ transport: new HTTPTransport({ port: 0, limits }) })]
    const app = new Application({ host: new TestHost(), logger: recordingApp().logger, modules })
    let told: unknown
    app.on('failed', ({ error }) => {
      told = error
    })
    expect(await app.run()).toBe(1)
    expect(String(told)).toContain(words)
  })
})

describe('a value that a circular import left undefined is rejected', () => {
  test.each<[what: string, call: () => unknown, words: string]>([
    [
      'a group of routes',
      module({ routes: [undefined] }),
      'Cannot configure WebModule: routes[0] is undefined. Pass the groups that defineRoutes(), serveFiles() and mount() return. If it is imported, look for a circular import.',
    ],
    [
      'a middleware',
      module({ middleware: [handler, undefined] }),
      'WebModule: middleware[1] is undefined. Pass a function.',
    ],
    [
      'the middleware of a route',
      route((r) => r.get('/', { middleware: [untyped(undefined)] }, handler)),
      'GET /users: middleware[0] is undefined',
    ],
    [
      'a schema',
      route((r) => r.post('/', { body: untyped(undefined) }, handler)),
      'Cannot declare route POST /users: the body schema is undefined. If it is imported, look for a circular import; otherwise remove the property.',
    ],
    [
      'a handler',
      route((r) => r.get('/', untyped(undefined))),
      'Cannot declare route GET /users: the handler is not a function. Pass the handler as the last argument.',
    ],
  ])('%s', async (_, call, words) => {
    await expect(async () => call()).rejects.toThrow(words)
  })
})

describe('a value of the wrong type is rejected', () => {
  test.each<[what: string, call: () => unknown, words: string]>([
    [
      'a group in place of a list',
      module({ routes: defineRoutes('/a', () => {}) }),
      'WebModule: routes is a value of type object. Pass the groups that defineRoutes(), serveFiles() and mount() return.',
    ],
    [
      'an object in place of a schema',
      route((r) => r.post('/', { body: untyped({ name: 'text' }) }, handler)),
      'POST /users: body is not a Standard Schema. Pass a schema of zod, valibot or arktype.',
    ],
    [
      'a number in place of a path',
      route((r) => r.get(untyped(3), handler)),
      'the path is not a string. Pass the path as the first argument.',
    ],
    [
      'a number in place of a handler',
      route((r) => r.get('/', untyped(z), untyped(3))),
      'the handler is not a function. Pass the handler as the last argument.',
    ],
    [
      'null in place of the options',
      route((r) => r.get('/', untyped(null), untyped(handler))),
      'GET /users: the second argument must be the route options. Pass an object between path and handler: { body, inject, … }.',
    ],
    [
      'a group without a function',
      () => defineRoutes('/users', untyped(undefined)),
      'Cannot declare route group "/users": the last argument of the group is not a function. Pass a function that declares the routes.',
    ],
  ])('%s', async (_, call, words) => {
    await expect(async () => call()).rejects.toThrow(words)
  })
})

describe('an option of the other kind of routes is refused', () => {
  const schema = z.object({})
  const requestOptions = {
    body: schema,
    response: schema,
    responses: { 200: schema },
    status: 201,
    etag: true,
    compression: false,
    bodyLimit: 1,
  }
  const webSocketOptions = { message: schema, origins: '*', protocols: ['mqtt'] }

  test.each(Object.entries(requestOptions))('%s, of a WebSocket', (option, value) => {
    const declare = () =>
      defineRoutes('/chat', (route) => void route.websocket('', { [option]: value } as never, () => ({})))
    expect(declare).toThrow(
      `Cannot declare route WS /chat: the option '${option}' applies to requests. Remove it from the WebSocket.`,
    )
  })

  test.each(Object.entries(webSocketOptions))('%s, of a request', (option, value) => {
    const declare = () =>
      defineRoutes('/chat', (route) => void route.get('', { [option]: value } as never, handler as never))
    expect(declare).toThrow(
      `Cannot declare route GET /chat: the option '${option}' applies to WebSockets. Remove it, or declare the route with route.websocket.`,
    )
  })

  test('unless a group has it for its requests', () => {
    const declare = () =>
      defineRoutes('/chat', { etag: true, compression: false }, (route) => [
        route.websocket('', () => ({})),
        route.get('/log', () => 1),
      ])
    expect(declare).not.toThrow()
  })

  test('by the compiler', () => {
    defineRoutes('/chat', (route) => {
      const declare = () => {
        // @ts-expect-error `status` applies to requests
        route.websocket('', { status: 201 }, () => ({}))
        // @ts-expect-error `etag` applies to requests
        route.websocket('', { etag: true }, () => ({}))
        // @ts-expect-error `bodyLimit` applies to requests
        route.websocket('', { bodyLimit: 1 }, () => ({}))
        // @ts-expect-error `origins` applies to WebSockets
        route.get('', { origins: '*' }, () => 1)
      }
      expect(declare).toThrow()
    })
  })
})
