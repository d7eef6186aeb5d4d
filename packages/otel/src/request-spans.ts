// The span and the metrics of a request, by the semantic conventions for HTTP servers.

import type { RequestTrace } from '@myfy/core'
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
  type UpDownCounter,
} from '@opentelemetry/api'
import { ATTRIBUTES, DURATION_BUCKETS, knownMethods, METRICS } from './attributes.ts'
import { errorType, isStatusOnly } from './error-type.ts'
import { currentTracer, defineInstrument } from './instruments.ts'
import type { Redact } from './work-spans.ts'

/** A request that is not answered yet. */
interface OpenRequest {
  readonly span: Span
  readonly began: number
  /** The counter of those that are active, to which it is added. */
  readonly active: UpDownCounter
  /** The attributes of the metrics that are known at the start. */
  readonly attributes: Attributes
}

/** RequestSpans makes one span of each request, and measures it. */
export class RequestSpans {
  readonly #redact: Redact
  readonly #warn: (message: string) => void
  #isRepeated = false
  readonly #methods = knownMethods(process.env)
  readonly #open = new WeakMap<RequestTrace, OpenRequest>()

  constructor(redact: Redact, warn: (message: string) => void) {
    this.#redact = redact
    this.#warn = warn
  }

  /** Starts the span of a request, which continues the trace of its client. Returns the context of the request. */
  begin(request: RequestTrace): Context {
    const { method, route, path } = request
    const { protocol, hostname, port, search } = request.url
    const known = this.#methods.has(method)
    const attributes: Attributes = {
      [ATTRIBUTES.method]: known ? method : '_OTHER',
      [ATTRIBUTES.scheme]: protocol.slice(0, -1),
    }
    const { protocolVersion: version, peerAddress, peerPort } = request
    const userAgent = request.header('user-agent')
    const parent = this.#parentOf(request)
    const span = currentTracer().startSpan(
      nameOf(known ? method : 'HTTP', route),
      {
        kind: SpanKind.SERVER,
        attributes: {
          ...attributes,
          ...(!known && { [ATTRIBUTES.originalMethod]: method }),
          [ATTRIBUTES.path]: this.#redact(path),
          ...(search.length > 1 && { [ATTRIBUTES.query]: this.#queryOf(search) }),
          // An address of IPv6 has brackets in a URL only.
          [ATTRIBUTES.serverAddress]: hostname.replace(/^\[|\]$/g, ''),
          [ATTRIBUTES.serverPort]: port === '' ? DEFAULT_PORTS[protocol] : Number(port),
          ...(route !== undefined && { [ATTRIBUTES.route]: route }),
          ...(request.address !== undefined && { [ATTRIBUTES.clientAddress]: request.address }),
          ...(peerAddress !== undefined && { [ATTRIBUTES.peerAddress]: peerAddress }),
          ...(peerAddress !== undefined && peerPort !== undefined && { [ATTRIBUTES.peerPort]: peerPort }),
          ...(version !== undefined && { [ATTRIBUTES.protocolVersion]: version }),
          ...(userAgent !== undefined && { [ATTRIBUTES.userAgent]: userAgent }),
        },
      },
      parent,
    )
    const active = activeRequests()
    this.#open.set(request, { span, began: performance.now(), active, attributes })
    active.add(1, attributes)
    const own = trace.setSpan(parent, span)
    // The id in logs and answers is the one by which the trace is found.
    if (span.isRecording()) request.id = span.spanContext().traceId
    return own
  }

  /** Returns the context of the client: that of its headers, unless the request has a span already. */
  #parentOf(request: RequestTrace): Context {
    const outer = context.active()
    const { kind } = (trace.getSpan(outer) ?? {}) as { kind?: SpanKind }
    // A request inside of the process has the span of its caller, who has no address.
    if (kind !== SpanKind.SERVER || request.peerAddress === undefined)
      return propagation.extract(outer, request, HEADERS)
    if (!this.#isRepeated)
      this.#warn(
        'another instrumentation makes spans of requests as well: each has two, and is counted twice; leave out its server, for @opentelemetry/instrumentation-http with disableIncomingRequestInstrumentation: true',
      )
    this.#isRepeated = true
    return outer
  }

  /** Returns the names of the parameters of a query. Their values may be secrets, of which nothing tells that they are. */
  #queryOf(search: string): string {
    const hidden = (parameter: string) => {
      const [name = '', ...value] = parameter.split('=')
      if (value.length === 0) return HIDDEN
      return `${this.#redact(name)}=${value.join('') === '' ? '' : HIDDEN}`
    }
    return search.slice(1, MAX_QUERY).split('&').map(hidden).join('&')
  }

  /** Ends the span of a request: its answer has ended. */
  end(request: RequestTrace): void {
    const open = this.#open.get(request)
    if (open === undefined) return
    this.#open.delete(request)
    const { span, began, active, attributes } = open
    const { status, route, complete, error, protocolVersion: version } = request
    const failure = status >= 500 || complete === false ? failureOf(error, status) : undefined
    const result: Attributes = {
      ...(status > 0 && { [ATTRIBUTES.status]: status }),
      ...(failure !== undefined && { [ATTRIBUTES.errorType]: failure }),
    }
    span.setAttributes(result)
    if (failure !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (error instanceof Error && status >= 500) span.recordException(this.#redact(error))
    }
    span.end()
    active.add(-1, attributes)
    const measured = {
      ...attributes,
      ...result,
      ...(route !== undefined && { [ATTRIBUTES.route]: route }),
      ...(version !== undefined && { [ATTRIBUTES.protocolVersion]: version }),
    }
    requestDuration().record((performance.now() - began) / 1_000, measured)
  }
}

const requestDuration = defineInstrument((meter) =>
  meter.createHistogram(METRICS.duration, {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
  }),
)

const activeRequests = defineInstrument((meter) =>
  meter.createUpDownCounter(METRICS.active, {
    description: 'Number of active HTTP server requests.',
    unit: '{request}',
  }),
)

/** Returns the type of the error of a request: its status, if its error has nothing to add. */
function failureOf(error: unknown, status: number): string {
  const type = errorType(error)
  if (type !== undefined && !isStatusOnly(type)) return type
  return status >= 500 ? String(status) : INCOMPLETE
}

/** The value of every parameter of a query, as the conventions write it. */
const HIDDEN = 'REDACTED'
/** The number of characters of a query that are recorded. */
const MAX_QUERY = 1_000

/** The type of the error of a request whose client has not received the whole answer. */
const INCOMPLETE = 'incomplete'

/** A URL leaves out the port that belongs to its scheme. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

const nameOf = (method: string, route: string | undefined): string =>
  route === undefined ? method : `${method} ${route}`

const HEADERS: TextMapGetter<RequestTrace> = {
  keys: () => ['traceparent', 'tracestate', 'baggage'],
  get: (request, name) => request.header(name.toLowerCase()),
}
