// Twelve questions about an application, each answered from the tools of the server alone.

import { createServer as createHTTPServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Application, defineModule, defineSettings, observeTraces, traceChannel, traced } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { createServer } from '@myfy/mcp'
import { defineRoutes, errors, HTTPTransport, WebModule } from '@myfy/web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const token = 'a-token-of-enough-length'
const settings = defineSettings(
  z.object({ mode: z.enum(['fast', 'safe']).default('safe'), apiKey: z.string() }),
)
const silent = { debug() {}, info() {}, warn() {}, error() {} }

const routes = defineRoutes('/users', (route) => {
  route.get('/:id', async ({ params, logger }) => {
    logger.info({}, 'looking for the user')
    await traced(traceChannel('transaction'), { name: 'SELECT users' }, async () => {})
    return { id: params.id }
  })
  route.get('/', () => errors.serviceUnavailable('the database is away'))
  route.get(
    '/held',
    ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(''))),
  )
})

let client: Client
let app: Application
let closing: () => Promise<void>
let held: Promise<unknown>
let id: string

const ask = async <T>(name: string, args: Record<string, unknown> = {}): Promise<T> => {
  const { content } = (await client.callTool({ name, arguments: args })) as {
    content: Array<{ text: string }>
  }
  return JSON.parse(content[0]!.text) as T
}

beforeAll(async () => {
  const host = new TestHost({ env: { API_KEY: 'sekret-key-1' } })
  const data = defineModule({
    name: 'data',
    isHealthy: () => {
      throw new Error('no connection')
    },
  })
  const cache = defineModule({ name: 'cache', requires: ['data'] })
  const poller = defineModule({
    name: 'poller',
    start: ({ spawn }) =>
      spawn(
        'poll',
        () => {
          throw new Error('the queue is away')
        },
        { onError: 'ignore' },
      ),
  })
  const transport = new HTTPTransport({ port: 0, host: '127.0.0.1' })
  // Started after the transport listens, so that the record has its task.
  app = new Application({ logger: silent, settings, host, modules: [data, cache] })
  app.addModule(new WebModule({ routes: [routes], inspector: { token }, transport }))
  const { signal } = new AbortController()
  await app.startModules()
  await transport.listen({ app, signal, logger: silent })
  const beside = new Application({ logger: silent, modules: [poller] })
  await beside.startModules()
  await traced(traceChannel('reload'), { files: ['/app/src/users.ts'] }, async () => {})
  const url = transport.url!
  id = (await fetch(`${url}/users/7`)).headers.get('x-request-id')!
  await fetch(`${url}/users`)
  const entered = new Promise<void>((resolve) => {
    const stop = observeTraces('handler', {
      start: () => {
        stop()
        resolve()
      },
    })
  })
  held = fetch(`${url}/users/held`).catch(() => {})
  await entered
  client = new Client({ name: 'test', version: '0' })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await Promise.all([createServer({ url: `${url}/_myfy`, token }).connect(theirs), client.connect(ours)])
  closing = async () => {
    transport.close()
    await held
    await client.close()
    await beside.stopModules()
    await app.stopModules()
  }
})
afterAll(() => closing())

describe('an assistant learns', () => {
  test('1. whether the application is ready, and which module keeps it from being', async () => {
    expect(await ask('application_overview')).toMatchObject({
      application: { ready: false },
      unhealthy: [{ name: 'data', health: { healthy: false, message: 'no connection' } }],
    })
  })

  test('2. why /users was a 503', async () => {
    const [request] = await ask<Array<{ id: string }>>('list_requests', { status: 503, route: '/users' })
    expect(request).toMatchObject({ error: { name: 'HTTPException', message: 'the database is away' } })
  })

  test('3. what one request has done, by the id in its answer', async () => {
    expect(await ask('get_request', { id })).toMatchObject({
      name: 'GET /users/:id',
      spans: [{ kind: 'handler' }, { kind: 'transaction', name: 'SELECT users' }],
      lines: [{ message: 'looking for the user' }],
    })
  })

  test('4. which request was the slowest', async () => {
    const list = await ask<Array<{ ms?: number }>>('list_requests', { slowest: true })
    expect(list.map(({ ms = 0 }) => ms)).toEqual(list.map(({ ms = 0 }) => ms).sort((a, b) => b - a))
  })

  test('5. which requests failed', async () => {
    expect(await ask('list_requests', { failed: true })).toMatchObject([{ name: 'GET /users', status: 503 }])
  })

  test('6. what a stop would wait for', async () => {
    expect(await ask('explain_stop')).toMatchObject({ inFlight: 1, work: [{ label: 'GET /users/held' }] })
  })

  test('7. how long a stop may take, and in which order the modules stop', async () => {
    const { budget, order } = await ask<{ budget: { total: number }; order: Array<{ module: string }> }>(
      'explain_stop',
    )
    expect(budget.total).toBe(app.budget.total)
    expect(order.map(({ module }) => module)).toEqual(['web', 'cache', 'data'])
  })

  test('8. what the last reload has changed', async () => {
    const list = await ask<Array<{ files: string[]; ms: number }>>('list_reloads')
    expect(list.at(-1)).toMatchObject({ files: ['/app/src/users.ts'], ms: expect.any(Number) })
  })

  test('9. which setting came from where, without its value', async () => {
    const list = await ask<unknown[]>('list_settings')
    expect(list).toContainEqual({ variable: 'API_KEY', key: 'apiKey', source: 'environment' })
    expect(list).toContainEqual({ variable: 'MODE', key: 'mode' })
    expect(JSON.stringify(list)).not.toContain('sekret')
  })

  test('10. what the start has waited for', async () => {
    const { criticalPath } = await ask<{ criticalPath: Array<{ module: string }> }>('explain_boot')
    expect(criticalPath).toEqual(app.timeline().criticalPath)
  })

  test('11. which modules need another one', async () => {
    const modules = await ask<Array<{ name: string; requires: string[] }>>('list_modules')
    expect(modules.filter(({ requires }) => requires.includes('data')).map(({ name }) => name)).toEqual([
      'cache',
    ])
  })

  test('12. which background task failed, and why', async () => {
    const tasks = await ask<Array<{ name: string; error?: { message: string } }>>('list_tasks')
    expect(tasks).toContainEqual(
      expect.objectContaining({
        name: 'poller: poll',
        error: { name: 'Error', message: 'the queue is away' },
      }),
    )
  })
})

/** Returns the error of a tool that asks an address. */
async function refusal(url: string): Promise<string> {
  const lost = new Client({ name: 'test', version: '0' })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await Promise.all([createServer({ url }).connect(theirs), lost.connect(ours)])
  const { isError, content } = await lost.callTool({ name: 'list_modules' })
  expect(isError).toBe(true)
  await lost.close()
  return (content as Array<{ text: string }>)[0]!.text
}

test('an application that is not reachable is an error with its remedy', async () => {
  expect(await refusal('http://127.0.0.1:1/_myfy')).toMatch(
    /it is not reachable, because it starts, drains, has ended, or was not started\. .* start it with `myfy run`/,
  )
})

// 503 as `myfy run` answers for an application that does not start, and as a proxy does.
test.each([
  [404, '', /: it has no inspector\. Run the application with `myfy run`/],
  [401, '', /: it answered 401\. Set MYFY_INSPECTOR_TOKEN to its token/],
  [403, '', /: it answered 403\. Set MYFY_INSPECTOR_TOKEN to its token/],
  [503, 'upstream is away', /: it answered 503\. Look into its log\.$/],
  [
    503,
    '{"title":"The application does not start","detail":"Cannot start the application: no port. Set PORT.","since":"2026-01-01T00:00:00.000Z"}',
    /: the application has not run since 2026-01-01T00:00:00\.000Z\. The application does not start: Cannot start the application: no port\. Set PORT\.$/,
  ],
])('an inspector that answers %i with "%s" is an error with its reason', async (status, body, message) => {
  const server = createHTTPServer((_, response) => void response.writeHead(status).end(body))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  expect(await refusal(`http://127.0.0.1:${(server.address() as AddressInfo).port}/_myfy`)).toMatch(message)
  server.closeAllConnections()
  server.close()
})
