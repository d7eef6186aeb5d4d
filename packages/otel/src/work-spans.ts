// The spans of everything but requests: handlers, services, transactions, tasks, reloads.

import type { TraceMessage } from '@myfy/core'
import {
  type Attributes,
  type Context,
  type Counter,
  context,
  type Histogram,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api'
import { ATTRIBUTES } from './attributes.ts'
import { errorType } from './error-type.ts'
import { currentTracer, type Instrument } from './instruments.ts'

/** Removes secrets from a value that leaves the process. */
export type Redact = <T>(value: T) => T

/** The description of the span of one kind of work. */
export interface SpanForm<M> {
  name(message: M): string
  /** Default: internal. */
  kind?(message: M): SpanKind
  /** True for work that is traced as a part of other work only: the polling of a queue makes no traces. Default: false. */
  readonly isPart?: boolean
  attributes?(message: M): Attributes
  /** Returns true for work that has no span. */
  isLeftOut?(message: M): boolean
  /** Returns attributes that are known at the end only. */
  resultAttributes?(message: M): Attributes
  /** Returns the attributes of the error that the work has failed with. */
  errorAttributes?(error: unknown): Attributes
  /** The metrics of the work. Default: none. */
  readonly metrics?: WorkMetrics
  /** Returns the headers that came with the work, whose trace it continues. */
  headers?(message: M): Readonly<Record<string, unknown>> | undefined
}

/** The metrics of some work. */
export interface WorkMetrics {
  /** The time that it takes. */
  readonly duration: Instrument<Histogram>
  /** The number of works. Default: none. */
  readonly count?: Instrument<Counter>
  /** The attributes of the metrics. Work without the first of them is not measured. */
  readonly attributes: readonly [string, ...string[]]
  /** Further attributes of the time. */
  readonly durationAttributes?: readonly string[]
}

/** Work that has not ended. */
interface OpenWork {
  readonly span: Span
  readonly began: number
  readonly attributes: Attributes
}

/** WorkSpans makes one span of each message of one channel. */
export class WorkSpans<M extends TraceMessage> {
  readonly #form: SpanForm<M>
  readonly #redact: Redact
  readonly #open = new WeakMap<M, OpenWork>()

  constructor(form: SpanForm<M>, redact: Redact) {
    this.#form = form
    this.#redact = redact
  }

  /** Starts the span. Returns the context of the work. */
  begin(message: M): Context {
    const { name, kind, attributes: own, headers, isPart, isLeftOut } = this.#form
    if (isLeftOut?.(message)) return context.active()
    if (isPart && trace.getSpanContext(context.active()) === undefined) return context.active()
    const carrier = headers?.(message)
    const parent = carrier ? propagation.extract(context.active(), carrier, HEADERS) : context.active()
    const attributes = this.#redact({ ...own?.(message), ...message.attributes })
    const options = { kind: carrier ? SpanKind.CONSUMER : (kind?.(message) ?? SpanKind.INTERNAL), attributes }
    const span = currentTracer().startSpan(this.#redact(name(message)), options, parent)
    this.#open.set(message, { span, began: performance.now(), attributes })
    return trace.setSpan(parent, span)
  }

  /** Ends the span. */
  end(message: M): void {
    const open = this.#open.get(message)
    if (open === undefined) return
    this.#open.delete(message)
    const { span, began, attributes } = open
    const { resultAttributes } = this.#form
    const failure = errorType(message.error)
    const failed =
      failure === undefined
        ? {}
        : { [ATTRIBUTES.errorType]: failure, ...this.#form.errorAttributes?.(message.error) }
    if (failure !== undefined) {
      span.setAttributes(failed)
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (message.error instanceof Error) span.recordException(this.#redact(message.error))
    } else if (resultAttributes !== undefined) span.setAttributes(resultAttributes(message))
    span.end()
    this.#measure(began, { ...attributes, ...failed })
  }

  #measure(began: number, all: Attributes): void {
    const { metrics } = this.#form
    if (metrics === undefined || all[metrics.attributes[0]] === undefined) return
    const { duration, count, attributes, durationAttributes = [] } = metrics
    const names = [...attributes, ATTRIBUTES.errorType]
    duration().record((performance.now() - began) / 1_000, pick(all, [...names, ...durationAttributes]))
    count?.().add(1, pick(all, names))
  }
}

const pick = (all: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(names.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]))

const HEADERS: TextMapGetter<Readonly<Record<string, unknown>>> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => {
    const value = headers[name]
    // Brokers deliver headers as bytes.
    if (value instanceof Uint8Array) return Buffer.from(value).toString()
    return typeof value === 'string' ? value : undefined
  },
}
