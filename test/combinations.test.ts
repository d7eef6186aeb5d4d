// The samples of the READMEs and the guide, combined: every pair of features around a route answers every kind of request as
// one feature alone does. Real sockets: the test client would hide framing.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Application } from '../packages/core/src/index.ts'
import { defineRoutes, type Routes, WebModule } from '../packages/web/src/index.ts'
import { type Ask, combinedFeatures, type Feature, type GroupOptions, routes } from './combined-features.ts'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'
import { Program } from './signaled-program.ts'

const project = exampleProject()
const features = combinedFeatures(project)

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

/** Routes in a group with the options of two features, one inside of the other. */
const inGroups = (outer: GroupOptions, inner: GroupOptions, all: readonly Routes[]) =>
  defineRoutes('', outer, (route) => {
    route.group('', inner, (route) => {
      for (const one of all) route.include(one)
    })
  })

const names = Object.keys(features)
const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other] as const))

describe.each(pairs)('%s and %s', (one, other) => {
  test('answer every kind of request, and stop without lost work', async () => {
    const both = [features[one], features[other]] as [Feature, Feature]
    const own = both.flatMap(({ routes = [] }) => routes)
    const web = new WebModule({
      ...both[0].web,
      ...both[1].web,
      routes: [inGroups(both[0].group ?? {}, both[1].group ?? {}, [routes, ...own])],
      port: 0,
      host: '127.0.0.1',
      // The clients are gone by then.
      limits: { idleTimeoutOnDrain: 0 },
    })
    const quiet = { debug() {}, info() {}, warn() {}, error() {} }
    const modules = [...both.flatMap(({ modules }) => modules?.() ?? []), web]
    const app = new Application({ modules, logger: quiet })
    const ready = new Promise((resolve) => app.on('ready', resolve))
    const running = app.run({ signals: false })
    await Promise.race([ready, running])
    const origin = web.transports()[0]!.url!.replace('localhost', '127.0.0.1')
    const ask: Ask = (path, init = {}) =>
      fetch(origin + path, {
        ...init,
        headers: { ...both[0].headers, ...both[1].headers, ...(init.headers as Record<string, string>) },
        signal: AbortSignal.timeout(20_000),
      })
    try {
      for (const [what, [path, init, status, body]] of Object.entries(requests)) {
        const response = await ask(path, init)
        const text = await response.text()
        const json = response.headers.get('content-type')?.includes('json')
        expect({ what, status: response.status, body: json ? JSON.parse(text) : text }).toEqual({
          what,
          status,
          body,
        })
        // Exactly one framing: a length, or chunks. The length of an encoded body is not that of its text.
        const length = response.headers.get('content-length')
        const isEncoded = response.headers.has('content-encoding')
        expect(length === null || isEncoded || Number(length) === Buffer.byteLength(text), what).toBe(true)
      }
      const boom = await ask('/users/boom')
      const handled = one === 'exception handlers' || other === 'exception handlers'
      expect([boom.status, ((await boom.json()) as { status: number }).status]).toEqual(
        handled ? [503, 503] : [500, 500],
      )
      for (const { proves } of both) await proves?.(ask)
    } finally {
      // A service of a request may end after its answer.
      await expect.poll(() => app.inFlight.list()).toEqual([])
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
    mkdirSync(folder, { recursive: true })
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
