// Two processes under plain ESM, the SDK of OpenTelemetry, and a receiver of OTLP.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Application, defineModule } from '@myfy/core'
import { OtelModule } from '@myfy/otel'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ATTRIBUTES, knownMethods, METRICS } from '../src/attributes.ts'
import { sqlState } from '../src/error-type.ts'
import { spans as conventions, differences, KIND, metrics, published } from './conventions.ts'
import { type ReceivedSpan, receiver } from './receiver.ts'

const connectionString = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const database = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 2_000 })
const reachable = await database.query('select 1').then(
  () => true,
  () => false,
)
afterAll(() => database.end())

test('every name is one of the semantic conventions', () => {
  const names = [...Object.values(ATTRIBUTES), ...Object.values(METRICS)]
  expect(names.filter((name) => !published.has(name))).toEqual([])
})

test('the known methods can be replaced, as the conventions require', () => {
  expect([...knownMethods({})].sort().join(' ')).toBe(
    'CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE',
  )
  const env = { OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET, PROPFIND' }
  expect([...knownMethods(env)]).toEqual(['GET', 'PROPFIND'])
})

test('the code of a database is found below the errors of a client', () => {
  const conflict = Object.assign(new Error('duplicate key'), { code: '23505' })
  expect(sqlState(conflict)).toBe('23505')
  expect(sqlState(new Error('cannot insert', { cause: conflict }))).toBe('23505')
  expect(sqlState(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBe(undefined)
  expect(sqlState('23505')).toBe(undefined)
})

async function start(fixture: string, env: Record<string, string>) {
  const file = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url))
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const received: string[] = []
  const lines = createInterface({ input: child.stdout }).on('line', (text) => received.push(text))
  const line = async (beginning: string): Promise<string> => {
    while (true) {
      const found = received.find((text) => text.startsWith(beginning))
      if (found !== undefined) return found.slice(beginning.length)
      await once(lines, 'line')
    }
  }
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    return code as number
  }
  return {
    ready: JSON.parse(await line('READY ')) as {
      url: string
      criticalPath: Array<{ module: string }>
      criticalMs: number
    },
    line,
    stop,
  }
}

describe.skipIf(!reachable)('two processes with an OtelModule', () => {
  const name = `otel_${randomBytes(6).toString('hex')}`
  let spans: ReceivedSpan[] = []
  let points: Awaited<ReturnType<typeof receiver>>['points'] = []
  let ready: Awaited<ReturnType<typeof start>>['ready']
  let id: string | null
  const codes: number[] = []

  beforeAll(async () => {
    await database.query(`create database ${name}`)
    const url = new URL(connectionString)
    url.pathname = name
    using otlp = await receiver()
    const env = { RECEIVER: otlp.url, DATABASE_URL: url.href }
    const [orders, shipping] = await Promise.all([start('orders.mjs', env), start('shipping.mjs', env)])
    ready = orders.ready
    const shipped = shipping.line('SHIPPED')
    const response = await fetch(`${ready.url}/orders/7?token=secret`, { method: 'POST' })
    id = response.headers.get('x-request-id')
    await fetch(`${ready.url}/orders/boom`)
    await fetch(`${ready.url}/health/live`)
    // Requests, statements and jobs that fail, and what a client may make up.
    const lost = shipping.line('LOST')
    await fetch(`${ready.url}/orders/lost`, { method: 'POST' })
    await fetch(`${ready.url}/orders/7`, { method: 'POST' })
    await fetch(`${ready.url}/elsewhere?AWSAccessKeyId=made-up-id&page=2&bare&empty=`)
    await fetch(`${ready.url}/orders/7`, { method: 'PURGE' })
    await Promise.all([shipped, lost])
    codes.push(await orders.stop(), await shipping.stop())
    spans = otlp.spans
    points = otlp.points
    return async () => void (await database.query(`drop database ${name} with (force)`))
  })

  const named = (name: string) => spans.find((span) => span.name === name)!

  test('send everything before they exit with 0', () => {
    expect(codes).toEqual([0, 0])
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['orders', 'shipping']))
  })

  test('make one trace of a request, its SQL, and the job in the other process', () => {
    // Other requests have spans of these names as well.
    const ofRequest = (name: string) => spans.find((span) => span.name === name && span.traceId === id)!
    const request = ofRequest('POST /orders/:id')
    const handler = ofRequest('handler POST /orders/:id')
    const query = ofRequest('INSERT orders')
    // That of the request: the job commits too, in the same trace.
    const commit = spans.find(
      ({ name, traceId, service }) =>
        name === 'COMMIT' && traceId === request.traceId && service === request.service,
    )!
    const sending = ofRequest('send ship')
    const insert = spans.find(({ parentSpanId }) => parentSpanId === sending.spanId && sending.spanId)!
    const job = ofRequest('process ship')
    const update = ofRequest('UPDATE orders')
    expect(request.parentSpanId || undefined).toBeUndefined()
    const parts = [handler, query, sending, commit, job, update]
    expect(parts.map(({ traceId }) => traceId)).toEqual(parts.map(() => request.traceId))
    expect(handler.parentSpanId).toBe(request.spanId)
    expect(query.parentSpanId).toBe(handler.spanId)
    expect(commit.parentSpanId).toBe(request.spanId)
    expect(sending.parentSpanId).toBe(handler.spanId)
    expect(insert.name).toMatch(/^INSERT /)
    expect(job.parentSpanId).toBe(sending.spanId)
    expect(sending.attributes['messaging.message.id']).toBe(job.attributes['messaging.message.id'])
    expect(update.parentSpanId).toBe(job.spanId)
    expect([request.service, job.service]).toEqual(['orders', 'shipping'])
    expect(request.traceId).toBe(id)
  })

  test('describe statements by the semantic conventions for database clients', () => {
    // The required and recommended attributes: semantic conventions, database client spans, "PostgreSQL".
    expect(named('INSERT orders')).toMatchObject({
      kind: 3,
      attributes: {
        'db.system.name': 'postgresql',
        'db.namespace': name,
        'db.query.summary': 'INSERT orders',
        'db.query.text': 'insert into orders (id, note) values ($1, $2)',
        'server.address': new URL(connectionString).hostname,
      },
    })
  })

  test('make no traces of the polling of the queue', () => {
    const roots = spans.filter(({ parentSpanId }) => !parentSpanId).map(({ name }) => name)
    expect(new Set(roots)).toEqual(
      new Set(['start', 'stop', 'POST /orders/:id', 'GET /orders/boom', 'GET', 'HTTP']),
    )
  })

  test('describe requests by the semantic conventions for HTTP servers', () => {
    // The required and recommended attributes: semantic conventions, HTTP spans, "HTTP server".
    const { kind, attributes, status } = named('POST /orders/:id')
    expect(kind).toBe(2)
    expect(attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/orders/:id',
      'url.path': '/orders/7',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
      'network.protocol.version': '1.1',
      'client.address': '127.0.0.1',
    })
    expect(status.code ?? 0).toBe(0)
    const failed = named('GET /orders/boom')
    expect(failed.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': 'TypeError' })
    expect(failed.status.code).toBe(2)
    expect(attributes['url.query']).toBe('token=REDACTED')
    expect(named('GET').attributes['url.query']).toBe('AWSAccessKeyId=REDACTED&page=REDACTED&REDACTED&empty=')
    expect(JSON.stringify(spans)).not.toContain('secret')
    expect(spans.some(({ name }) => name.includes('health'))).toBe(false)
  })

  test('have the names, kinds, attributes and values of the conventions', () => {
    const kinds: Readonly<Record<number, string>> = {
      [KIND.server]: 'HTTP server',
      [KIND.client]: 'PostgreSQL',
      [KIND.producer]: 'messaging send',
      [KIND.consumer]: 'messaging process',
    }
    const found = spans.flatMap(({ name: own, kind, attributes, status }) => {
      const where = `the span ${own}`
      const convention = conventions[kinds[kind] ?? '']
      if (convention === undefined) {
        const internal = { required: [], conditional: {}, allowed: ['error.type'] }
        return [
          ...(kind === KIND.internal ? [] : [`${where} has the kind ${kind}`]),
          ...differences(where, attributes, internal),
        ]
      }
      const expected = convention.name(attributes)
      return [
        ...(own === expected ? [] : [`${where} has not the name ${expected}`]),
        ...differences(where, attributes, convention, status.code === 2),
      ]
    })
    expect([...new Set(found)]).toEqual([])
    const checked = new Set(spans.map(({ kind }) => kind))
    expect(checked).toEqual(new Set([KIND.internal, KIND.server, KIND.client, KIND.producer, KIND.consumer]))
    const requests = spans.filter(({ kind }) => kind === KIND.server)
    for (const { attributes } of requests)
      expect(attributes).toMatchObject({
        'network.peer.address': '127.0.0.1',
        'network.peer.port': expect.any(Number),
      })
  })

  test('describe what has failed', () => {
    const failures = spans.flatMap(({ name: own, kind, status, attributes }) =>
      status.code === 2 && kind !== KIND.internal ? [`${own}: ${attributes['error.type']}`] : [],
    )
    expect(failures.sort()).toEqual([
      'GET /orders/boom: TypeError',
      'INSERT orders: 23505',
      'process ship: Error',
    ])
    const taken = spans.find(({ attributes }) => attributes['db.response.status_code'] !== undefined)
    expect(taken?.name).toBe('INSERT orders')
    const methods = spans.map(({ attributes }) => attributes['http.request.method_original'])
    expect(methods.filter(Boolean)).toEqual(['PURGE'])
  })

  test('measure with the names, units, boundaries and attributes of the conventions', () => {
    const found = points.flatMap(({ metric, unit, bounds, attributes }) => {
      const convention = metrics[metric]
      if (convention === undefined || !published.has(metric)) return [`${metric} is not published`]
      return [
        ...(unit === convention.unit ? [] : [`${metric} has the unit ${unit}`]),
        ...(JSON.stringify(bounds) === JSON.stringify(convention.bounds) ? [] : [`${metric} has ${bounds}`]),
        ...differences(metric, attributes, convention),
      ]
    })
    expect([...new Set(found)]).toEqual([])
    expect([...new Set(points.map(({ metric }) => metric))].sort()).toEqual(Object.keys(metrics).sort())
  })

  test('measure each request, statement and job once', () => {
    const counted = (metric: string, attribute: string) =>
      points
        .filter((point) => point.metric === metric)
        .map(({ attributes, count }) => `${attributes[attribute]} ${attributes['error.type'] ?? ''} ${count}`)
        .sort()
    expect(counted('http.server.request.duration', 'http.route')).toEqual([
      '/orders/:id  1',
      '/orders/:id  2',
      '/orders/boom TypeError 1',
      'undefined  1',
      'undefined  1',
    ])
    expect(counted('db.client.operation.duration', 'db.query.summary')).toEqual(
      expect.arrayContaining(['INSERT orders  2', 'INSERT orders 23505 1', 'UPDATE orders  1']),
    )
    expect(counted('messaging.process.duration', 'messaging.destination.name')).toEqual([
      'ship  1',
      'ship Error 1',
    ])
    expect(counted('messaging.client.operation.duration', 'messaging.destination.name')).toEqual(['ship  2'])
    const total = (metric: string) =>
      points
        .filter((point) => point.metric === metric)
        .map(({ attributes, value }) => `${attributes['messaging.destination.name']} ${value}`)
        .sort()
    expect(total('messaging.client.sent.messages')).toEqual(['ship 2'])
    expect(total('messaging.client.consumed.messages')).toEqual(['ship 1', 'ship 1'])
    const active = points.filter(({ metric }) => metric === 'http.server.active_requests')
    expect(active.map(({ value }) => value)).toEqual(active.map(() => 0))
    expect(active.length).toBeGreaterThan(0)
  })

  test('make one trace of the start, whose critical path is that of the timeline', () => {
    const root = spans.find(
      ({ name, service, parentSpanId }) => name === 'start' && service === 'orders' && !parentSpanId,
    )!
    const parts = spans.filter(({ traceId }) => traceId === root.traceId)
    expect(parts.filter(({ parentSpanId }) => !parentSpanId)).toEqual([root])
    const critical = parts.filter(({ attributes }) => attributes['myfy.critical_path'] === true)
    expect(critical.map(({ name }) => name)).toEqual(ready.criticalPath.map(({ module }) => module))
    expect(root.attributes['myfy.critical_path.modules']).toEqual(
      ready.criticalPath.map(({ module }) => module),
    )
    expect(root.attributes['myfy.critical_path.duration_ms']).toBeCloseTo(ready.criticalMs, 3)
    expect(parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['initialize', 'start', 'data', 'web']),
    )
  })

  test('make one trace of the stop', () => {
    const root = spans.find(
      ({ name, service, parentSpanId }) => name === 'stop' && service === 'orders' && !parentSpanId,
    )!
    const parts = spans.filter(({ traceId }) => traceId === root.traceId)
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['drain', 'stop', 'data']))
  })
})

test.skipIf(reachable)('two processes need PostgreSQL, which is not reachable', () => {})

test('without an SDK the application starts, serves and stops as before', async () => {
  const app = new Application({ logger: { debug() {}, info() {}, warn() {}, error() {} } })
  let started = false
  app.addModule(new OtelModule()).addModule(
    defineModule({
      name: 'a',
      start() {
        started = true
      },
    }),
  )
  await app.startModules()
  await app.stopModules()
  expect(started).toBe(true)
})

test('a flush of its own replaces that of the providers, and its failure is a failure of the stop', async () => {
  const app = new Application({ logger: { debug() {}, info() {}, warn() {}, error() {} } })
  app.addModule(new OtelModule({ flush: () => Promise.reject(new Error('the receiver is away')) }))
  await app.startModules()
  await expect(app.stopModules()).rejects.toThrow(/the receiver is away/)
})
