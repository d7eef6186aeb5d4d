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
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface ReceivedPoint {
  readonly metric: string
  readonly unit: string
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

export async function receiver() {
  const spans: ReceivedSpan[] = []
  const points: ReceivedPoint[] = []
  const server = createServer(async (request, response) => {
    const [, service = ''] = request.url!.split('/')
    const body = JSON.parse(String(Buffer.concat(await request.toArray())))
    for (const { scopeSpans = [] } of body.resourceSpans ?? [])
      for (const { spans: list } of scopeSpans)
        for (const span of list) spans.push({ ...span, service, attributes: attributesOf(span.attributes) })
    for (const { scopeMetrics = [] } of body.resourceMetrics ?? [])
      for (const { metrics } of scopeMetrics)
        for (const metric of metrics)
          for (const point of (metric.histogram ?? metric.sum ?? metric.gauge).dataPoints)
            points.push({
              metric: metric.name,
              unit: metric.unit,
              attributes: attributesOf(point.attributes),
              count: point.count === undefined ? undefined : Number(point.count),
              value: point.asInt === undefined ? point.asDouble : Number(point.asInt),
              bounds: point.explicitBounds,
            })
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, spans, points, [Symbol.dispose]: () => void server.close() }
}
