// A receiver of OTLP over HTTP with JSON, as its protocol describes it (opentelemetry-proto, OTLP/HTTP).

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Value = {
  stringValue?: string
  intValue?: string | number
  doubleValue?: number
  boolValue?: boolean
  arrayValue?: { values?: Value[] }
}
type KeyValue = { key: string; value: Value }

export interface ReceivedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { code?: number }
  readonly resource: Readonly<Record<string, unknown>>
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface ReceivedPoint {
  readonly metric: string
  readonly unit: string
  readonly resource: Readonly<Record<string, unknown>>
  /** The beginning and the end of what the point has measured, in ns since 1970. */
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
  /** Whether the point has all since its beginning: OTLP, AggregationTemporality 2. */
  readonly cumulative: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly count?: number
  readonly value?: number
  readonly bounds?: readonly number[]
}

const plainValue = (value: Value): unknown =>
  value.arrayValue
    ? (value.arrayValue.values ?? []).map(plainValue)
    : (value.stringValue ?? value.doubleValue ?? value.boolValue ?? Number(value.intValue))

const attributesOf = (list: readonly KeyValue[] = []) =>
  Object.fromEntries(list.map(({ key, value }) => [key, plainValue(value)]))

/** The environment of a program that exports to a receiver: that of the tests without what it would inherit by accident. */
export const exporterEnvironment = (url: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: undefined,
  VITEST: undefined,
  OTEL_RESOURCE_ATTRIBUTES: undefined,
  RECEIVER: url,
})

export async function receiver() {
  const spans: ReceivedSpan[] = []
  const points: ReceivedPoint[] = []
  const waiting = new Set<() => void>()
  /** Resolves when what has arrived is complete. */
  const until = (isComplete: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isComplete()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const server = createServer(async (request, response) => {
    const [, service = ''] = request.url!.split('/')
    const body = JSON.parse(String(Buffer.concat(await request.toArray())))
    for (const { resource, scopeSpans = [] } of body.resourceSpans ?? [])
      for (const { spans: list } of scopeSpans)
        for (const span of list)
          spans.push({
            ...span,
            service,
            resource: attributesOf(resource.attributes),
            attributes: attributesOf(span.attributes),
          })
    for (const { resource, scopeMetrics = [] } of body.resourceMetrics ?? [])
      for (const { metrics } of scopeMetrics)
        for (const metric of metrics)
          for (const point of (metric.histogram ?? metric.sum ?? metric.gauge).dataPoints)
            points.push({
              metric: metric.name,
              unit: metric.unit,
              resource: attributesOf(resource.attributes),
              startTimeUnixNano: point.startTimeUnixNano,
              timeUnixNano: point.timeUnixNano,
              cumulative: (metric.histogram ?? metric.sum)?.aggregationTemporality === 2,
              attributes: attributesOf(point.attributes),
              count: point.count === undefined ? undefined : Number(point.count),
              value: point.asInt === undefined ? point.asDouble : Number(point.asInt),
              bounds: point.explicitBounds,
            })
    response.setHeader('content-type', 'application/json').end('{}')
    for (const look of [...waiting]) look()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    points,
    until,
    [Symbol.dispose]: () => void server.close(),
  }
}
