// The trace of a stop, when the clock of the machine was set since the start. In a separate file, because the tracer is
// that of the process.

import { Application, defineModule } from '@myfy/core'
import { OtelModule } from '@myfy/otel'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect, onTestFinished, test, vi } from 'vitest'

const HOUR_MS = 3_600_000

test.each([HOUR_MS, -HOUR_MS])('it has the time of day of the stop, %i ms later', async (jump) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  onTestFinished(() => trace.disable())
  const app = new Application({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    modules: [new OtelModule(), defineModule({ name: 'data', stop() {} })],
  })
  const began = Date.now()
  const ready = new Promise((resolve) => app.on('ready', resolve))
  const ended = app.runUnsupervised({ signals: false })
  await ready
  vi.setSystemTime(began + jump)
  await app.stop('the end of the test')
  await ended
  const spans = exporter.getFinishedSpans()
  const at = (name: string) => {
    const root = spans.find((span) => span.name === name && span.parentSpanContext === undefined)
    const [seconds, nanoseconds] = root!.startTime
    return seconds * 1_000 + nanoseconds / 1e6 - began
  }
  // The fake clock stands still, so that the difference is the time that the test has taken.
  expect(Math.abs(at('start'))).toBeLessThan(60_000)
  expect(Math.abs(at('stop') - jump)).toBeLessThan(60_000)
})
