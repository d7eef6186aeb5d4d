// The semantic conventions as a table: what OpenTelemetry publishes in its package, and the requirement levels and names
// of its pages (opentelemetry.io/docs/specs/semconv: http/http-spans, http/http-metrics, database/postgresql,
// database/database-metrics, messaging/messaging-spans, messaging/messaging-metrics).

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as stable from '@opentelemetry/semantic-conventions'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'

const constants = Object.entries({ ...incubating, ...stable }) as ReadonlyArray<readonly [string, unknown]>

/** The constants that are marked as deprecated in the declarations of the package. */
const deprecated: ReadonlySet<string> = new Set(
  ['stable_attributes', 'stable_metrics', 'experimental_attributes', 'experimental_metrics'].flatMap(
    (name) => {
      const index = createRequire(import.meta.url).resolve('@opentelemetry/semantic-conventions')
      const text = readFileSync(join(dirname(index), `${name}.d.mts`), 'utf8')
      const declared = text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const (\w+)/g)
      return [...declared].flatMap(([, comment = '', constant = '']) =>
        comment.includes('@deprecated') ? [constant] : [],
      )
    },
  ),
)

/** The names that are published, without those that a later version has replaced. */
export const published: ReadonlySet<unknown> = new Set(
  constants
    .filter(([name]) => /^(?:ATTR|METRIC)_/.test(name) && !deprecated.has(name))
    .map(([, value]) => value),
)

/** The values of an attribute that the conventions name; undefined if there are none. */
export function valuesOf(attribute: string): ReadonlySet<unknown> | undefined {
  const [constant] = constants.find(([name, value]) => name.startsWith('ATTR_') && value === attribute) ?? []
  if (constant === undefined) return undefined
  const prefix = `${constant.slice('ATTR_'.length)}_VALUE_`
  const values = constants.filter(([name]) => name.startsWith(prefix) && !deprecated.has(name))
  return values.length > 0 ? new Set(values.map(([, value]) => value)) : undefined
}

/** The attributes whose values are only those that the conventions name. Of the others, a custom value may be used. */
export const CLOSED: ReadonlySet<string> = new Set([
  'http.request.method',
  'messaging.operation.type',
  'db.system.name',
])

type Attributes = Readonly<Record<string, unknown>>

/** The form of a span or of a metric. */
export interface Convention {
  /** The attributes that are always there. */
  readonly required: readonly string[]
  /** The attributes that are there if, and only if, the condition holds. */
  readonly conditional: Readonly<Record<string, (attributes: Attributes, failed: boolean) => boolean>>
  /** Further attributes that may be there. */
  readonly allowed: readonly string[]
}

const has = (name: string) => (attributes: Attributes) => attributes[name] !== undefined
const isFailed = (_: Attributes, failed: boolean) => failed
const other = (attributes: Attributes) => attributes['http.request.method'] === '_OTHER'

/** The kinds of spans, as OTLP numbers them. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

/** A span, the name that it must have, and its attributes. */
export interface SpanConvention extends Convention {
  readonly kind: number
  name(attributes: Attributes): string
}

export const spans: Readonly<Record<string, SpanConvention>> = {
  'HTTP server': {
    kind: KIND.server,
    name: ({ 'http.request.method': method, 'http.route': route }) =>
      [method === '_OTHER' ? 'HTTP' : method, route].filter(Boolean).join(' '),
    required: ['http.request.method', 'url.path', 'url.scheme'],
    conditional: {
      'http.request.method_original': other,
      'error.type': isFailed,
      'server.port': has('server.address'),
      'network.peer.port': has('network.peer.address'),
    },
    allowed: [
      'http.route',
      'network.peer.address',
      'http.response.status_code',
      'url.query',
      'server.address',
      'client.address',
      'network.protocol.version',
      'user_agent.original',
    ],
  },
  PostgreSQL: {
    kind: KIND.client,
    name: ({ 'db.query.summary': summary }) => String(summary),
    required: ['db.system.name'],
    conditional: { 'db.namespace': has('server.address'), 'error.type': isFailed },
    allowed: [
      'db.response.status_code',
      'db.query.summary',
      'db.query.text',
      'server.address',
      'server.port',
    ],
  },
  'messaging send': {
    kind: KIND.producer,
    name: ({ 'messaging.operation.name': operation, 'messaging.destination.name': destination }) =>
      `${operation} ${destination}`,
    required: [
      'messaging.system.name',
      'messaging.operation.name',
      'messaging.operation.type',
      'messaging.destination.name',
    ],
    conditional: { 'error.type': isFailed },
    allowed: ['messaging.message.id', 'server.address', 'server.port'],
  },
  'messaging process': {
    kind: KIND.consumer,
    name: ({ 'messaging.operation.name': operation, 'messaging.destination.name': destination }) =>
      `${operation} ${destination}`,
    required: [
      'messaging.system.name',
      'messaging.operation.name',
      'messaging.operation.type',
      'messaging.destination.name',
    ],
    conditional: { 'error.type': isFailed },
    allowed: ['messaging.message.id', 'server.address', 'server.port'],
  },
}

/** A metric, its unit and its boundaries. */
export interface MetricConvention extends Convention {
  readonly unit: string
  readonly bounds?: readonly number[]
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export const metrics: Readonly<Record<string, MetricConvention>> = {
  'http.server.request.duration': {
    unit: 's',
    bounds: SECONDS,
    required: ['http.request.method', 'url.scheme'],
    conditional: {},
    allowed: ['http.route', 'http.response.status_code', 'error.type', 'network.protocol.version'],
  },
  'http.server.active_requests': {
    unit: '{request}',
    required: ['http.request.method', 'url.scheme'],
    conditional: {},
    allowed: [],
  },
  'db.client.operation.duration': {
    unit: 's',
    bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    required: ['db.system.name'],
    conditional: { 'db.namespace': has('server.address'), 'error.type': has('db.response.status_code') },
    allowed: ['db.response.status_code', 'db.query.summary', 'server.address', 'server.port'],
  },
  'messaging.client.operation.duration': {
    unit: 's',
    bounds: SECONDS,
    required: ['messaging.system.name', 'messaging.operation.name', 'messaging.operation.type'],
    conditional: {},
    allowed: ['messaging.destination.name', 'error.type', 'server.address', 'server.port'],
  },
  'messaging.client.sent.messages': {
    unit: '{message}',
    required: ['messaging.system.name', 'messaging.operation.name'],
    conditional: {},
    allowed: ['messaging.destination.name', 'error.type', 'server.address', 'server.port'],
  },
  'messaging.client.consumed.messages': {
    unit: '{message}',
    required: ['messaging.system.name', 'messaging.operation.name'],
    conditional: {},
    allowed: ['messaging.destination.name', 'error.type', 'server.address', 'server.port'],
  },
  'messaging.process.duration': {
    unit: 's',
    bounds: SECONDS,
    required: ['messaging.system.name', 'messaging.operation.name'],
    conditional: {},
    allowed: ['messaging.destination.name', 'error.type', 'server.address', 'server.port'],
  },
}

/** Returns a sentence for each difference between attributes and their convention. */
export function differences(
  where: string,
  attributes: Attributes,
  { required, conditional, allowed }: Convention,
  failed = false,
): string[] {
  const found: string[] = []
  for (const name of required) if (attributes[name] === undefined) found.push(`${where} lacks ${name}`)
  for (const [name, holds] of Object.entries(conditional))
    if ((attributes[name] !== undefined) !== holds(attributes, failed))
      found.push(`${where} ${attributes[name] === undefined ? 'lacks' : 'must not have'} ${name}`)
  const known = new Set([...required, ...Object.keys(conditional), ...allowed])
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('myfy.')) continue
    if (!published.has(name)) found.push(`${where} has ${name}, which is not published`)
    if (!known.has(name)) found.push(`${where} has ${name}, which its convention does not name`)
    if (CLOSED.has(name) && !valuesOf(name)?.has(value)) found.push(`${where} has ${name}=${value}`)
  }
  return found
}
