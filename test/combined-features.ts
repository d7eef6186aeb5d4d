// The features around a route, as the README of @myfy/web and the guide show them one by one.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Module } from '../packages/core/src/index.ts'
import { DataModule } from '../packages/data/src/index.ts'
import { request, singleton } from '../packages/di/src/index.ts'
import {
  defineAuth,
  defineRoutes,
  defineSession,
  errors,
  file,
  form,
  mount,
  type NoInjection,
  type RouteGroupOptions,
  type Routes,
  serveFiles,
  type WebModuleOptions,
} from '../packages/web/src/index.ts'

/** A feature, and what shows that it works. */
export interface Feature {
  /** Its options of the module. */
  readonly web?: Omit<WebModuleOptions, 'routes'>
  /** Its options of a group around all routes. */
  readonly group?: GroupOptions
  /** Its own routes, which are part of that group. */
  readonly routes?: readonly Routes[]
  /** The modules that it needs. */
  readonly modules?: () => readonly Module[]
  /** Headers that every request has. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sends requests that only this feature answers so. `ask` adds the headers of both features. */
  readonly proves?: (ask: Ask) => Promise<void>
}

/** Options of a group that gives its routes no services. */
export type GroupOptions = RouteGroupOptions<NoInjection>

/** Sends a request to a path. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>

class Unreachable extends Error {}

const users = singleton(() => new Map([[1, 'Ada']]))
const unit = request({ users }, ({ users }) => ({ find: (id: number) => users.get(id) }))

/** The routes that every pair of features serves. */
export const routes: Routes = defineRoutes('/users', (route) => {
  const params = z.object({ id: z.coerce.number() })
  route.get('/:id', { params, inject: { unit } }, ({ params, unit }) => {
    const name = unit.find(params.id)
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

const bearer = defineAuth({ scheme: 'bearer', authenticate: ({ token }) => ({ name: token }) })
const session = defineSession<{ user: string }>({ password: 'at least 32 characters, from the settings' })
const json = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
})
const origin = 'https://app.example.com'

/** Returns the features by name. Files are served from a folder below `project`. */
export function combinedFeatures(project: string): Readonly<Record<string, Feature>> {
  const folder = join(project, 'public')
  mkdirSync(folder)
  writeFileSync(join(folder, 'page.txt'), 'a page')
  let orders = 0
  return {
    cors: {
      web: { cors: { origin: [origin], credentials: true } },
      async proves(ask) {
        const headers = { origin, 'access-control-request-method': 'POST' }
        const preflight = await ask('/users', { method: 'OPTIONS', headers })
        expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
        // The answers that a feature refuses are readable as well.
        const refused = await ask('/users', { ...json('{'), headers: { origin } })
        expect(refused.headers.get('access-control-allow-origin')).toBe(origin)
      },
    },
    middleware: {
      web: {
        middleware: [
          async (context, next) => {
            const response = await next()
            response.headers.set('server-timing', context.route ?? 'none')
            return response
          },
        ],
      },
      async proves(ask) {
        expect((await ask('/users/1')).headers.get('server-timing')).toBe('/users/:id')
      },
    },
    'exception handlers': {
      web: { exceptionHandlers: [[Unreachable, () => errors.serviceUnavailable('try again later')]] },
      async proves(ask) {
        expect((await ask('/users/boom')).status).toBe(503)
      },
    },
    'request context': { web: { requestContext: true } },
    'security headers': {
      web: { securityHeaders: { 'content-security-policy': "default-src 'self'" } },
      async proves(ask) {
        for (const path of ['/users/1', '/users/2', '/nowhere'])
          expect((await ask(path)).headers.get('content-security-policy')).toBe("default-src 'self'")
      },
    },
    'trusted proxies': { web: { trustProxy: ['127.0.0.1/32', '::1/128'] } },
    'a mount': {
      routes: [mount('/legacy', (request) => new Response(`legacy: ${new URL(request.url).pathname}`))],
      async proves(ask) {
        expect(await (await ask('/legacy/a/b')).text()).toBe('legacy: /a/b')
      },
    },
    files: {
      routes: [serveFiles('/assets', folder, { maxAge: 3600 })],
      async proves(ask) {
        expect(await (await ask('/assets/page.txt')).text()).toBe('a page')
        const part = await ask('/assets/page.txt', { headers: { range: 'bytes=2-5' } })
        expect([part.status, await part.text()]).toEqual([206, 'page'])
      },
    },
    'a WebSocket route': {
      routes: [
        defineRoutes('/live', (route) => {
          route.websocket('/chat/:room', () => ({
            message: (peer, message) => void peer.send(message.text()),
          }))
        }),
      ],
      async proves(ask) {
        expect((await ask('/live/chat/a')).status).toBe(426)
      },
    },
    auth: {
      group: { auth: bearer },
      routes: [
        defineRoutes('/me', { auth: bearer }, (route) => void route.get('/', ({ identity }) => identity)),
      ],
      headers: { authorization: 'Bearer ada' },
      async proves(ask) {
        expect(await (await ask('/me')).json()).toEqual({ name: 'ada' })
        // A stranger learns nothing of the input.
        const stranger = await ask('/users', { ...json('{'), headers: { authorization: '' } })
        expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      },
    },
    'a rate limit': {
      web: { rateLimit: { points: 1_000, per: '1m' } },
      routes: [
        defineRoutes('/scarce', { rateLimit: { points: 2, per: '1h' } }, (route) => {
          route.get('/', () => 'left')
        }),
      ],
      async proves(ask) {
        const answers = [await ask('/scarce'), await ask('/scarce'), await ask('/scarce')]
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
        expect(answers[2]!.headers.get('retry-after')).toBe('3600')
        expect(await answers[2]!.json()).toMatchObject({ status: 429 })
      },
    },
    sessions: {
      routes: [
        defineRoutes('/account', { inject: { session } }, (route) => {
          route.post('/login', ({ session }) => void session.update({ user: 'ada' }))
          route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
        }),
      ],
      async proves(ask) {
        const login = await ask('/account/login', { method: 'POST' })
        expect(login.status).toBe(204)
        const cookies = login.headers.getSetCookie().map((line) => line.split(';', 1)[0])
        expect(cookies).toHaveLength(1)
        const [cookie] = cookies as [string]
        expect(await (await ask('/account', { headers: { cookie } })).json()).toEqual({ user: 'ada' })
        expect(await (await ask('/account')).json()).toEqual({ user: null })
      },
    },
    compression: {
      web: { compression: { threshold: 0 } },
      async proves(ask) {
        const response = await ask('/users/1', { headers: { 'accept-encoding': 'gzip' } })
        expect(response.headers.get('content-encoding')).toBe('gzip')
        expect(response.headers.get('vary')).toMatch(/accept-encoding/i)
        expect(await response.json()).toEqual({ id: 1, name: 'Ada' })
      },
    },
    forms: {
      routes: [
        defineRoutes('/pictures', (route) => {
          const body = form({ title: z.string().min(1), picture: file({ types: ['image/*'] }) })
          route.post('/', { body, status: 201 }, async ({ body }) => ({
            title: body.title,
            bytes: (await body.picture.bytes()).length,
          }))
        }),
      ],
      async proves(ask) {
        const upload = new FormData()
        upload.append('title', 'engine')
        upload.append('picture', new Blob(['GIF89a'], { type: 'image/gif' }), 'engine.gif')
        const stored = await ask('/pictures', { method: 'POST', body: upload })
        expect([stored.status, await stored.json()]).toEqual([201, { title: 'engine', bytes: 6 }])
        upload.set('picture', new Blob(['<p>'], { type: 'text/html' }), 'engine.html')
        expect((await ask('/pictures', { method: 'POST', body: upload })).status).toBe(415)
      },
    },
    'idempotent requests': {
      modules: () => [new DataModule({ directory: 'memory://' })],
      routes: [
        defineRoutes('/orders', (route) => {
          const body = z.object({ item: z.string() })
          route.post('/', { body, idempotent: true, status: 201 }, ({ body }) => ({
            order: ++orders,
            item: body.item,
          }))
          const scan = form({ scan: file() })
          route.post('/scans', { body: scan, idempotent: true, status: 201 }, ({ body }) => ({
            order: ++orders,
            bytes: body.scan.size,
          }))
        }),
      ],
      async proves(ask) {
        const send = (key: string, item: string) =>
          ask('/orders', {
            ...json(JSON.stringify({ item })),
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
          })
        const [first, again] = [await send('"a"', 'book'), await send('"a"', 'book')]
        expect([first.status, again.status]).toEqual([201, 201])
        expect(again.headers.get('idempotent-replayed')).toBe('true')
        expect(await again.json()).toEqual(await first.json())
        expect((await send('"a"', 'pen')).status).toBe(422)
        expect((await send('"b"', 'pen')).status).toBe(201)
        const scan = new FormData()
        scan.append('scan', new Blob(['GIF89a']), 'order.gif')
        const upload = () =>
          ask('/orders/scans', { method: 'POST', body: scan, headers: { 'idempotency-key': '"c"' } })
        const [stored, repeated] = [await upload(), await upload()]
        expect([stored.status, repeated.status]).toEqual([201, 201])
        expect(await repeated.json()).toEqual(await stored.json())
      },
    },
  }
}
