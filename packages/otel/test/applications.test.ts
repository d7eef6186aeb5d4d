// Who takes part in the instrumentation of a process: several applications, an SDK that comes late, other instrumentation.

import { Application, defineModule, defineSettings, type Logger, traceChannel } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { OtelModule } from '@myfy/otel'
import { defineRoutes, HTTPTransport, WebModule } from '@myfy/web'
import { context, metrics, propagation, SpanKind, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'

afterEach(() => {
  trace.disable()
  metrics.disable()
  context.disable()
  propagation.disable()
})

function startSdk() {
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 60_000 })
  const meters = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meters)
  /** The values of a metric: numbers of a counter, counts of a histogram. */
  const valuesOf = async (name: string) => {
    await meters.forceFlush()
    const found = points
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
    const metric = found?.find(({ descriptor }) => descriptor.name === name)
    return metric?.dataPoints.map(({ value }) => (typeof value === 'object' ? value.count : value))
  }
  const servers = () => exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER)
  return { exporter, servers, valuesOf }
}

function create({ word = 'none', logger }: { word?: string; logger?: Logger } = {}) {
  const routes = defineRoutes('/r', (route) => {
    route.get('/ok/:id', () => 'fine')
  })
  const app = new Application({
    logger: logger ?? { debug() {}, info() {}, warn() {}, error() {} },
    host: new TestHost({ env: { SIGNING_WORD: word } }),
    settings: defineSettings(z.object({ signingWord: z.string() })),
    modules: [new OtelModule(), new WebModule({ routes: [routes] })],
  })
  const get = async (path: string, headers = {}) => {
    const request = new Request(`http://localhost${path}`, { headers })
    return (await app.getModule(WebModule).fetch(request)).text()
  }
  return { app, get }
}

const listens = () => traceChannel('request').start.hasSubscribers

test('two applications of one process have spans until the last one stops, without the secrets of either', async () => {
  const { servers } = startSdk()
  const first = create({ word: 'Tr0ub4dor-one' })
  const second = create({ word: 'Tr0ub4dor-two' })
  await first.app.startModules()
  await second.app.startModules()
  await first.get('/r/ok/Tr0ub4dor-two')
  await second.get('/r/ok/Tr0ub4dor-one')
  await first.app.stopModules()
  await second.get('/r/ok/after')
  await second.app.stopModules()
  expect(servers().map(({ attributes }) => attributes['url.path'])).toEqual([
    '/r/ok/***',
    '/r/ok/***',
    '/r/ok/after',
  ])
  expect(listens()).toBe(false)
})

test.each(['configure', 'start'] as const)(
  'applications that fail in their %s leave nothing behind',
  async (phase) => {
    const { servers } = startSdk()
    for (let n = 0; n < 10; n++) {
      const { app } = create()
      const fail = () => {
        throw new Error('out of order')
      }
      app.addModule(defineModule({ name: 'broken', [phase]: fail }))
      await expect(app.startModules()).rejects.toThrow('out of order')
      expect(listens()).toBe(false)
    }
    const { app, get } = create()
    await app.startModules()
    await get('/r/ok/1')
    await app.stopModules()
    expect(servers().length).toBe(1)
  },
)

test('an SDK that is registered after the start has the spans and the metrics of what follows', async () => {
  const { app, get } = create()
  await app.startModules()
  await get('/r/ok/before')
  const { servers, valuesOf } = startSdk()
  await get('/r/ok/1')
  await get('/r/ok/2')
  expect(servers().map(({ attributes }) => attributes['url.path'])).toEqual(['/r/ok/1', '/r/ok/2'])
  expect(await valuesOf('http.server.request.duration')).toEqual([2])
  expect(await valuesOf('http.server.active_requests')).toEqual([0])
  await app.stopModules()
})

test.each([
  ['without an SDK', {}, 1],
  ['with a disabled one', { OTEL_SDK_DISABLED: 'true' }, 0],
])('an application %s says so, unless that is meant', async (_, env, count) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const warn = vi.fn()
  const host = new TestHost()
  const app = new Application({
    host,
    logger: { debug() {}, info() {}, warn, error() {} },
    modules: [new OtelModule()],
  })
  app.on('ready', () => host.signal('SIGTERM'))
  expect(await host.clock.run(app.run())).toBe(0)
  expect(warn.mock.calls.filter(([, message]) => /no OpenTelemetry SDK/.test(message)).length).toBe(count)
})

test('the flush of a stop sends the logs of the SDK as well', async () => {
  const forceFlush = vi.fn(async () => {})
  // The place of @opentelemetry/api-logs.
  const place = Symbol.for('io.opentelemetry.js.api.logs')
  const shared = globalThis as Record<symbol, unknown>
  shared[place] = (version: number) => (version === 1 ? { forceFlush } : undefined)
  onTestFinished(() => void delete shared[place])
  const { app } = create()
  await app.startModules()
  await app.stopModules()
  expect(forceFlush).toHaveBeenCalledOnce()
})

test.each([
  ['fails', () => Promise.reject(new Error('503 of the collector')), /^cannot send the last .*; look at/],
  ['does not answer', () => new Promise(() => {}), /has not answered within shutdown.flush/],
])('a collector that %s is warned about, and the stop is clean', async (_, forceFlush, message) => {
  const place = Symbol.for('io.opentelemetry.js.api.logs')
  const shared = globalThis as Record<symbol, unknown>
  shared[place] = () => ({ forceFlush })
  onTestFinished(() => void delete shared[place])
  startSdk()
  const warn = vi.fn()
  const host = new TestHost()
  const logger = { debug() {}, info() {}, warn, error() {} }
  const app = new Application({ host, logger, modules: [new OtelModule()] })
  app.on('ready', () => host.signal('SIGTERM'))
  expect(await host.clock.run(app.run())).toBe(0)
  expect(warn.mock.calls.map(([, text]) => text)).toEqual([expect.stringMatching(message)])
})

test('a request that another instrumentation has a span of is a part of it, and that is warned about once', async () => {
  const { exporter, servers } = startSdk()
  const warn = vi.fn()
  const routes = defineRoutes('/r', (route) => {
    route.get('/ok', () => 'fine')
  })
  const transport = new HTTPTransport({ port: 0, host: '127.0.0.1' })
  const logger = { debug() {}, info() {}, warn, error() {} }
  const app = new Application({
    logger,
    modules: [new OtelModule(), new WebModule({ routes: [routes], transport })],
  })
  // As @opentelemetry/instrumentation-http does: around each 'request' of a server.
  const { Server } = await import('node:http')
  const { emit } = Server.prototype
  const tracer = trace.getTracer('other')
  Server.prototype.emit = function (this: unknown, ...args: unknown[]) {
    const forward = () => Reflect.apply(emit, this, args) as boolean
    if (args[0] !== 'request') return forward()
    const span = tracer.startSpan('GET', { kind: SpanKind.SERVER })
    const response = args[2] as NodeJS.EventEmitter
    response.once('close', () => span.end())
    return context.with(trace.setSpan(context.active(), span), forward)
  } as typeof emit
  onTestFinished(() => {
    Server.prototype.emit = emit
  })
  await app.startModules()
  const { signal } = new AbortController()
  await transport.listen({ app, signal, logger })
  const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
  for (let n = 0; n < 2; n++) await (await fetch(`${transport.url}/r/ok`, { headers })).text()
  await transport.drain({ signal, remaining: () => 1_000, inFlight: () => [] })
  transport.close()
  await app.stopModules()
  const own = servers().filter(({ instrumentationScope }) => instrumentationScope.name === '@myfy/otel')
  const theirs = exporter
    .getFinishedSpans()
    .filter(({ instrumentationScope }) => instrumentationScope.name === 'other')
  expect(own.map(({ parentSpanContext }) => parentSpanContext?.spanId).sort()).toEqual(
    theirs.map((span) => span.spanContext().spanId).sort(),
  )
  expect(own.length).toBe(2)
  expect(warn.mock.calls.filter(([, message]) => /another instrumentation/.test(message)).length).toBe(1)
})
