// The samples of the READMEs, combined: every pair of features around a route answers every kind of request as one
// feature alone does. Real sockets: the test client would hide framing.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Application } from '../packages/core/src/index.ts'
import { request, singleton } from '../packages/di/src/index.ts'
import {
  defineRoutes,
  errors,
  mount,
  serveFiles,
  WebModule,
  type WebModuleOptions,
} from '../packages/web/src/index.ts'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'
import { Program } from './signaled-program.ts'

const project = exampleProject()
mkdirSync(join(project, 'public'))
writeFileSync(join(project, 'public/page.txt'), 'a page')

class Unreachable extends Error {}

const users = singleton(() => new Map([[1, 'Ada']]))
const session = request({ users }, ({ users }) => ({ find: (id: number) => users.get(id) }))

const routes = defineRoutes('/users', (route) => {
  const params = z.object({ id: z.coerce.number() })
  route.get('/:id', { params, inject: { session } }, ({ params, session }) => {
    const name = session.find(params.id)
    return name ? { id: params.id, name } : errors.notFound('no such user', { userId: params.id })
  })
  route.post('/', { body: z.object({ name: z.string() }), status: 201 }, ({ body }) => ({
    created: body.name,
  }))
  route.get('/boom', () => {
    throw new Unreachable('the database is unreachable')
  })
  route.get('/ticks', ({ stream }) =>
    stream.events(async function* () {
      for (const n of [1, 2, 3]) yield { event: 'tick', data: n }
    }),
  )
})

/** The options that the samples of the README of @myfy/web show. */
const features: Record<string, WebModuleOptions> = {
  cors: { cors: { origin: ['https://app.example.com'], credentials: true } },
  middleware: {
    middleware: [
      async (context, next) => {
        const response = await next()
        response.headers.set('server-timing', context.route ?? 'none')
        return response
      },
    ],
  },
  'exception handlers': {
    exceptionHandlers: [[Unreachable, () => errors.serviceUnavailable('try again later')]],
  },
  'request context': { requestContext: true },
  'security headers': { securityHeaders: { 'content-security-policy': "default-src 'self'" } },
  'trusted proxies': { trustProxy: ['127.0.0.1/32', '::1/128'] },
  'a mount': { routes: [mount('/legacy', (request) => new Response(`legacy: ${request.url}`))] },
  files: { routes: [serveFiles('/assets', join(project, 'public'), { maxAge: 3600 })] },
  'a WebSocket route': {
    routes: [
      defineRoutes('/live', (route) => {
        route.websocket('/chat/:room', () => ({ message: (peer, message) => void peer.send(message.text()) }))
      }),
    ],
  },
}

/** A request, and the part of its response that no feature changes. */
const requests: Record<string, readonly [path: string, init: RequestInit, status: number, body: unknown]> = {
  'a read': ['/users/1', {}, 200, { id: 1, name: 'Ada' }],
  'an error': ['/users/2', {}, 404, expect.objectContaining({ detail: 'no such user' })],
  'an invalid parameter': ['/users/x', {}, 422, expect.objectContaining({ status: 422 })],
  'a body': [
    '/users',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Grace"}' },
    201,
    { created: 'Grace' },
  ],
  'a body from another origin': [
    '/users',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://app.example.com' },
      body: '{"name":"Grace"}',
    },
    201,
    { created: 'Grace' },
  ],
  'an invalid body': [
    '/users',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
    400,
    expect.objectContaining({ status: 400 }),
  ],
  'server-sent events': [
    '/users/ticks',
    {},
    200,
    expect.stringMatching(/event: tick\ndata: 1\n\nevent: tick\ndata: 2\n\nevent: tick\ndata: 3\n\n$/),
  ],
  'an unknown path': ['/nowhere', {}, 404, expect.objectContaining({ status: 404 })],
}

const names = Object.keys(features)
const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other] as const))

describe.each(pairs)('%s and %s', (one, other) => {
  test('answer every kind of request, and stop without lost work', async () => {
    const first = features[one]!
    const second = features[other]!
    const web = new WebModule({
      ...first,
      ...second,
      routes: [routes, ...(first.routes ?? []), ...(second.routes ?? [])],
      port: 0,
      host: '127.0.0.1',
    })
    const quiet = { debug() {}, info() {}, warn() {}, error() {} }
    const app = new Application({ modules: [web], logger: quiet })
    const ready = new Promise((resolve) => app.on('ready', resolve))
    const running = app.run({ signals: false })
    await ready
    const origin = web.transports()[0]!.url!.replace('localhost', '127.0.0.1')
    try {
      for (const [what, [path, init, status, body]] of Object.entries(requests)) {
        const response = await fetch(origin + path, { ...init, signal: AbortSignal.timeout(20_000) })
        const text = await response.text()
        const json = response.headers.get('content-type')?.includes('json')
        expect({ what, status: response.status, body: json ? JSON.parse(text) : text }).toEqual({
          what,
          status,
          body,
        })
        // Exactly one framing: a length, or chunks.
        const length = response.headers.get('content-length')
        expect(length === null || Number(length) === Buffer.byteLength(text), what).toBe(true)
      }
      const handled = one === 'exception handlers' || other === 'exception handlers'
      const boom = await fetch(`${origin}/users/boom`)
      expect([boom.status, ((await boom.json()) as { status: number }).status]).toEqual(
        handled ? [503, 503] : [500, 500],
      )
      if (one === 'cors' || other === 'cors') {
        const preflight = await fetch(`${origin}/users`, {
          method: 'OPTIONS',
          headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
        })
        expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
      }
    } finally {
      expect(app.inFlight.list()).toEqual([])
      expect(await app.stop()).toBe(0)
      await running
    }
  }, 60_000)
})

describe('reload with a database', () => {
  afterAll(() => program?.stop('SIGKILL'))
  let program: Program | undefined

  test('keeps it open with its rows, and serves the new route with CORS and a body', async () => {
    const route = (greeting: string) => `import { Session } from '@myfy/data'
import { defineRoutes } from '@myfy/web'
import { z } from 'zod'
const inject = { session: Session }
export const hello = defineRoutes('/hello', { inject }, (route) => {
  route.post('/', { body: z.object({ name: z.string() }) }, async ({ body, session }) => {
    await session.execute('insert into greeted (name) values ($1)', [body.name])
    const { rows } = await session.execute('select count(*)::int as count from greeted')
    return \`${greeting}, \${body.name} (\${rows[0].count})\`
  })
})
`
    const folder = join(project, 'reloaded')
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    writeFileSync(join(folder, 'hello.ts'), route('Hello'))
    writeFileSync(
      join(folder, 'app.ts'),
      `import { Application } from '@myfy/core'
import { WebModule } from '@myfy/web'
import { DataModule } from '@myfy/data'
import { hello } from './hello.ts'
const migrations = { '0001-greeted': 'create table greeted (name text not null)' }
export const app = new Application()
  .addModule(new DataModule({ directory: 'memory://', migrations }))
  .addModule(new WebModule({ routes: [hello], port: 0, host: '127.0.0.1', cors: { origin: ['https://app.example.com'] } }))
`,
    )
    const entry = join(root, 'packages/cli/bin/myfy.js')
    program = new Program(entry, {}, ['run', 'app.ts'], folder)
    const address = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/
    const origin = address.exec(await program.prints(address))![0]
    const post = async () => {
      const headers = { 'content-type': 'application/json', origin: 'https://app.example.com' }
      const response = await fetch(`${origin}/hello`, { method: 'POST', headers, body: '{"name":"Ada"}' })
      return [await response.text(), response.headers.get('access-control-allow-origin')]
    }
    await program.prints(/ready in/)
    let answer = await post()
    expect(answer).toEqual(['Hello, Ada (1)', 'https://app.example.com'])
    writeFileSync(join(folder, 'hello.ts'), route('Welcome'))
    await program.prints(/reloaded/i)
    answer = await post()
    expect(answer).toEqual(['Welcome, Ada (2)', 'https://app.example.com'])
    expect(program.lines.filter((line) => line.includes('applied the migration'))).toHaveLength(1)
    expect(await program.stop()).toBe(0)
  }, 60_000)
})
