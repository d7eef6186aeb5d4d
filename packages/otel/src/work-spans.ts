// The spans of everything but requests: handlers, services, transactions, tasks, reloads.

import type { TraceMessage } from '@myfy/core'
import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { ATTRIBUTES } from './attributes.ts'
import { errorType } from './error-type.ts'

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
  /** Returns the attributes of the error that the work has failed with. */
  errorAttributes?(error: unknown): Attributes
  /** The time of the work as a metric. Default: none. */
  readonly duration?: WorkDuration
  /** Returns the headers that came with the work, whose trace it continues. */
  headers?(message: M): Readonly<Record<string, unknown>> | undefined
}

/** The metric of the time that some work takes. */
export interface WorkDuration {
  readonly histogram: Histogram
  /** The attributes of the metric. Work without the first of them is not measured. */
  readonly attributes: readonly [string, ...string[]]
}

/** Work that has not ended. */
interface OpenWork {
  readonly span: Span
  readonly began: number
  readonly attributes: Attributes
}

/** WorkSpans makes one span of each message of one channel. */
export class WorkSpans<M extends TraceMessage> {
  readonly #tracer: Tracer
  readonly #form: SpanForm<M>
  readonly #redact: Redact
  readonly #open = new WeakMap<M, OpenWork>()

  constructor(tracer: Tracer, form: SpanForm<M>, redact: Redact) {
    this.#tracer = tracer
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
    const span = this.#tracer.startSpan(this.#redact(name(message)), options, parent)
    this.#open.set(message, { span, began: performance.now(), attributes })
    return trace.setSpan(parent, span)
  }

  /** Ends the span. */
  end(message: M): void {
    const open = this.#open.get(message)
    if (open === undefined) return
    this.#open.delete(message)
    const { span, began, attributes } = open
    const failure = errorType(message.error)
    const failed =
      failure === undefined
        ? {}
        : { [ATTRIBUTES.errorType]: failure, ...this.#form.errorAttributes?.(message.error) }
    if (failure !== undefined) {
      span.setAttributes(failed)
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (message.error instanceof Error) span.recordException(this.#redact(message.error))
    }
    span.end()
    this.#measure(began, { ...attributes, ...failed })
  }

  #measure(began: number, all: Attributes): void {
    const { duration } = this.#form
    if (duration === undefined || all[duration.attributes[0]] === undefined) return
    const names = [...duration.attributes, ATTRIBUTES.errorType].filter((name) => all[name] !== undefined)
    const attributes = Object.fromEntries(names.map((name) => [name, all[name]]))
    duration.histogram.record((performance.now() - began) / 1_000, attributes)
  }
}

const HEADERS: TextMapGetter<Readonly<Record<string, unknown>>> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => {
    const value = headers[name]
    // Brokers deliver headers as bytes.
    if (value instanceof Uint8Array) return Buffer.from(value).toString()
    return typeof value === 'string' ? value : undefined
  },
}
