// The spans of everything but requests: handlers, services, transactions, tasks, reloads.

import type { TraceMessage } from '@myfy/core'
import {
  type Attributes,
  type Context,
  context,
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
  readonly kind?: SpanKind
  /** True for work that is traced as a part of other work only: the polling of a queue makes no traces. Default: false. */
  readonly isPart?: boolean
  attributes?(message: M): Attributes
  /** Returns true for work that has no span. */
  isLeftOut?(message: M): boolean
  /** Returns the attributes of the error that the work has failed with. */
  errorAttributes?(error: unknown): Attributes
  /** Returns the headers that came with the work, whose trace it continues. */
  headers?(message: M): Readonly<Record<string, unknown>> | undefined
}

/** WorkSpans makes one span of each message of one channel. */
export class WorkSpans<M extends TraceMessage> {
  readonly #tracer: Tracer
  readonly #form: SpanForm<M>
  readonly #redact: Redact
  readonly #open = new WeakMap<M, Span>()

  constructor(tracer: Tracer, form: SpanForm<M>, redact: Redact) {
    this.#tracer = tracer
    this.#form = form
    this.#redact = redact
  }

  /** Starts the span. Returns the context of the work. */
  begin(message: M): Context {
    const { name, kind = SpanKind.INTERNAL, attributes, headers, isPart, isLeftOut } = this.#form
    if (isLeftOut?.(message)) return context.active()
    if (isPart && trace.getSpanContext(context.active()) === undefined) return context.active()
    const carrier = headers?.(message)
    const parent = carrier ? propagation.extract(context.active(), carrier, HEADERS) : context.active()
    const options = {
      kind: carrier ? SpanKind.CONSUMER : kind,
      attributes: this.#redact({ ...attributes?.(message), ...message.attributes }),
    }
    const span = this.#tracer.startSpan(this.#redact(name(message)), options, parent)
    this.#open.set(message, span)
    return trace.setSpan(parent, span)
  }

  /** Ends the span. */
  end(message: M): void {
    const span = this.#open.get(message)
    if (span === undefined) return
    this.#open.delete(message)
    const failure = errorType(message.error)
    if (failure !== undefined) {
      span.setAttributes({
        [ATTRIBUTES.errorType]: failure,
        ...this.#form.errorAttributes?.(message.error),
      })
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (message.error instanceof Error) span.recordException(this.#redact(message.error))
    }
    span.end()
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
