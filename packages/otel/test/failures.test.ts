// The type of the error of a request, in its span. In a separate file, because the tracer is that of the process.

import { Application } from '@myfy/core'
import { OtelModule } from '@myfy/otel'
import { defineRoutes, errors, HTTPException, proxy, WebModule } from '@myfy/web'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect, onTestFinished, test } from 'vitest'

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

const thrown: Readonly<Record<string, unknown>> = {
  class: new TypeError('out of order'),
  code: refused,
  cause: new Error('cannot load', { cause: refused }),
  status: errors.serviceUnavailable('the database is away'),
  'status-and-cause': new HTTPException(502, { cause: refused }),
  'no-error': 'text',
  client: errors.notFound(),
}

// Semantic conventions, HTTP spans, "error.type": the type of the exception, the status, or an identifier of low cardinality.
const expected = {
  '/thrown/class': [500, 'TypeError'],
  '/thrown/code': [500, 'ECONNREFUSED'],
  '/thrown/cause': [500, 'ECONNREFUSED'],
  '/thrown/status': [503, '503'],
  '/thrown/status-and-cause': [502, 'ECONNREFUSED'],
  '/thrown/no-error': [500, '_OTHER'],
  '/thrown/client': [404, undefined],
  '/unknown/**': [502, 'ENOTFOUND'],
}

test('the span of a request that failed has the type of the error that is behind its status', async () => {
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  onTestFinished(() => trace.disable())
  const routes = defineRoutes('/thrown', (route) => {
    for (const [name, error] of Object.entries(thrown))
      route.get(`/${name}`, () => {
        throw error
      })
  })
  const app = new Application({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // RFC 6761: no name below `invalid` exists.
    modules: [
      new OtelModule(),
      new WebModule({ routes: [routes, proxy('/unknown', 'http://server.invalid')] }),
    ],
  })
  await app.startModules()
  for (const route of Object.keys(expected)) {
    const path = route.replace('/**', '')
    await (await app.getModule(WebModule).fetch(new Request(`http://localhost${path}`))).text()
  }
  await app.stopModules()
  const spans = exporter.getFinishedSpans()
  const found = Object.keys(expected).map((route) => {
    const { attributes, status } = spans.find((span) => span.attributes['http.route'] === route)!
    const type = attributes['error.type']
    expect(status.code === SpanStatusCode.ERROR).toBe(type !== undefined)
    // A resolver that is not reachable gives no answer either.
    return [route, [attributes['http.response.status_code'], type === 'EAI_AGAIN' ? 'ENOTFOUND' : type]]
  })
  expect(Object.fromEntries(found)).toEqual(expected)
})
