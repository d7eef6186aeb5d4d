// What leaves the process in spans. In a file of its own, because the tracer is that of the process.

import { Application, defineSettings, traceChannel, traced } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { OtelModule } from '@myfy/otel'
import { defineRoutes, WebModule } from '@myfy/web'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

test('spans contain no secret: in paths, names, attributes, errors and their stacks', async () => {
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  onTestFinished(() => trace.disable())
  const fail = async () => {
    throw new Error('refused Tr0ub4dor-word of postgres://ada:l0velace@db')
  }
  const routes = defineRoutes('/files', (route) => {
    route.get('/:key', async () => {
      const name = 'SELECT Tr0ub4dor-word'
      await traced(traceChannel('transaction'), { name, attributes: { 'db.query.text': name } }, fail)
    })
  })
  const app = new Application({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    host: new TestHost({ env: { SIGNING_WORD: 'Tr0ub4dor-word' } }),
    settings: defineSettings(z.object({ signingWord: z.string() })),
    modules: [new OtelModule(), new WebModule({ routes: [routes] })],
  })
  await app.startModules()
  const answer = await app.getModule(WebModule).fetch(new Request('http://localhost/files/Tr0ub4dor-word'))
  expect(answer.status).toBe(500)
  await answer.text()
  await app.work('task', { label: 'send Tr0ub4dor-word', inject: {} }, fail).catch(() => {})
  await app.stopModules()
  const spans = exporter.getFinishedSpans()
  const text = JSON.stringify(
    spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['GET /files/:key', 'SELECT ***']))
  expect(text.match(/refused \*\*\* of postgres:\/\/ada:\*\*\*@db/g)!.length).toBeGreaterThanOrEqual(4)
  expect(text).toContain('exception.stacktrace')
  expect(text).not.toMatch(/Tr0ub4dor|l0velace/)
})
