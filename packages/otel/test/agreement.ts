// The access line, the span and the point of the metric of each request, side by side.

import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect } from 'vitest'

type Fields = Readonly<Record<string, unknown>>

/** One point of a metric: what it is of, and the number of requests. */
interface Counted {
  readonly attributes: Fields
  readonly count: number
}

const access: Fields[] = []
const spans = new InMemorySpanExporter()
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const meters = new MeterProvider({ readers: [reader] })
/** The points of the duration, now and when the test began. */
let points: readonly Counted[] = []
let pointsBefore: readonly Counted[] = []

/** Registers an SDK. Returns the function that removes it. */
export function registerSdk(): () => void {
  metrics.setGlobalMeterProvider(meters)
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register()
  return () => {
    metrics.disable()
    trace.disable()
  }
}

/** A logger that keeps access lines. */
export const logger = {
  debug() {},
  info: (fields: Fields) => void ('method' in fields && access.push(fields)),
  warn() {},
  error() {},
}

/** The sum of the active requests, and the number of those that have ended. */
export async function measured(): Promise<readonly [active: number, ended: number]> {
  await meters.forceFlush()
  const all =
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
  exporter.reset()
  const counted = (name: string): Counted[] =>
    all
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as ReadonlyArray<{ attributes: Fields; value: unknown }>)
      .map(({ attributes, value }) => ({
        attributes,
        count: typeof value === 'number' ? value : (value as { count: number }).count,
      }))
  const sum = (list: readonly Counted[]) => list.reduce((total, { count }) => total + count, 0)
  points = counted('http.server.request.duration')
  return [sum(counted('http.server.active_requests')), sum(points)]
}

/** Forgets what is recorded. Returns the number of requests that have ended so far. */
export async function begin(): Promise<number> {
  const [, ended] = await measured()
  pointsBefore = points
  access.length = 0
  spans.reset()
  return ended
}

/** Checks that each request has one access line, one span and one point, which tell the same. */
export async function expectAgreement(requests: number): Promise<void> {
  await expect.poll(() => access.length).toBe(requests)
  const served = spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER)
  const byId = (a: { id: unknown }, b: { id: unknown }) => String(a.id).localeCompare(String(b.id))
  const ofLines = access.map(({ id, method, route, status, incomplete }) => {
    const failed = incomplete === true || Number(status) >= 500
    return { id, method, route, status, failed }
  })
  const ofSpans = served.map((span) => {
    const { attributes, status } = span
    const failed = attributes['error.type'] !== undefined
    expect(status.code === SpanStatusCode.ERROR).toBe(failed)
    return {
      id: span.spanContext().traceId,
      method: attributes['http.request.method_original'] ?? attributes['http.request.method'],
      route: attributes['http.route'],
      status: attributes['http.response.status_code'],
      failed,
    }
  })
  expect(ofSpans.sort(byId)).toEqual(ofLines.sort(byId))
  const keyOf = (attributes: Fields) =>
    ['http.request.method', 'http.route', 'http.response.status_code', 'error.type']
      .map((name) => String(attributes[name]))
      .join(' ')
  const former = new Map(pointsBefore.map(({ attributes, count }) => [JSON.stringify(attributes), count]))
  const added = points.flatMap(({ attributes, count }) => {
    const length = count - (former.get(JSON.stringify(attributes)) ?? 0)
    return Array.from({ length }, () => keyOf(attributes))
  })
  expect(added.sort()).toEqual(served.map(({ attributes }) => keyOf(attributes)).sort())
}
