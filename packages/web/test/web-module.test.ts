import { Application, defineSettings } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { defineRoutes, HTTPTransport, WebModule, type WebModuleOptions } from '@myfy/web'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { silent } from './listening.ts'

test('a configured transport replaces the default one', () => {
  const transport = new HTTPTransport({ port: 0 })
  expect(new WebModule({ transport }).transports()).toEqual([transport])
})

/** Each option as a getter over the settings, a request, and what its answer shows. */
const getters: ReadonlyArray<
  readonly [
    name: string,
    options: (settings: () => { text: string; number: number }) => WebModuleOptions,
    request: RequestInit & { path?: string },
    shows: (response: Response) => unknown,
    expected: unknown,
  ]
> = [
  [
    'cors',
    (settings) => ({
      get cors() {
        return { origin: [settings().text] }
      },
    }),
    { headers: { origin: 'https://a.example' } },
    ({ headers }) => headers.get('access-control-allow-origin'),
    'https://a.example',
  ],
  [
    'rateLimit',
    (settings) => ({
      get rateLimit() {
        return { points: settings().number, per: '1m' } as const
      },
    }),
    {},
    ({ headers }) => headers.get('ratelimit-policy') ?? headers.get('ratelimit'),
    expect.stringContaining('7'),
  ],
  [
    'securityHeaders',
    (settings) => ({
      get securityHeaders() {
        return { 'x-site': settings().text }
      },
    }),
    {},
    ({ headers }) => headers.get('x-site'),
    'https://a.example',
  ],
  [
    'bodyLimit',
    (settings) => ({
      get bodyLimit() {
        return settings().number
      },
    }),
    { method: 'POST', body: 'more than seven' },
    ({ status }) => status,
    413,
  ],
  [
    'compression',
    (settings) => ({
      get compression() {
        return { threshold: settings().number }
      },
    }),
    { path: '/long', headers: { 'accept-encoding': 'gzip' } },
    ({ headers }) => headers.get('content-encoding'),
    'gzip',
  ],
  [
    'exceptionHandlers',
    (settings) => ({
      get exceptionHandlers() {
        const { text } = settings()
        return [[RangeError, () => new Response(text, { status: 418 })]] as const
      },
    }),
    { path: '/fail' },
    ({ status }) => status,
    418,
  ],
]

test.each(getters.map((parts) => parts))(
  'the option %s can come from the settings, by a getter',
  async (_, options, { path = '/', ...init }, shows, expected) => {
    const schema = z.object({ text: z.string(), number: z.number() })
    const host = new TestHost({ env: { TEXT: 'https://a.example', NUMBER: '7' } })
    const app = new Application({ host, logger: silent, settings: defineSettings(schema) })
    const routes = defineRoutes('', (route) => {
      route.get('/', () => 'short')
      route.get('/long', () => 'long '.repeat(100))
      route.get('/fail', () => {
        throw new RangeError()
      })
      route.post('/', async ({ request }) => request.text())
    })
    const given = options(() => app.settings)
    Object.defineProperty(given, 'routes', { value: [routes], enumerable: true })
    app.addModule(new WebModule(given))
    await app.startModules()
    onTestFinished(() => app.stopModules())
    const response = await app.getModule(WebModule).fetch(new Request(`http://localhost${path}`, init))
    expect(shows(response)).toEqual(expected)
  },
)
