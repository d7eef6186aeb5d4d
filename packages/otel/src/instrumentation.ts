// The subscriptions to the tracing channels of the process.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { type App, observeTraces, type TraceMessages, type TraceName, traceChannel } from '@myfy/core'
import { type Context, context, metrics, propagation, trace } from '@opentelemetry/api'
import { contextStorage } from './context-storage.ts'
import { RequestSpans } from './request-spans.ts'
import { sendForm, taskForm, transactionForm } from './span-forms.ts'
import { type Redact, type SpanForm, WorkSpans } from './work-spans.ts'

/** The name of the tracer and the meter. */
export const SCOPE = '@myfy/otel'

/** Marks that the process is instrumented: two applications in one process share the channels. */
const INSTRUMENTED = 'myfy:otel'

/** The application that knows which settings are secret. */
type Redacting = Pick<App, 'redact'>

type Spans<M> = { begin(message: M): Context; end(message: M): void }

/** Instrumentation makes spans and metrics of what the process publishes. */
export class Instrumentation {
  readonly #stops: Array<() => void> = []
  readonly #storage: AsyncLocalStorage<Context> | undefined
  #app: Redacting

  /** Subscribes to the channels. Returns undefined if another application of this process has done so. */
  static start(app: Redacting): Instrumentation | undefined {
    return channel(INSTRUMENTED).hasSubscribers ? undefined : new Instrumentation(app)
  }

  private constructor(app: Redacting) {
    this.#app = app
    const redact: Redact = (value) => this.#app.redact(value)
    this.#storage = contextStorage()
    const mark = () => {}
    channel(INSTRUMENTED).subscribe(mark)
    this.#stops.push(() => void channel(INSTRUMENTED).unsubscribe(mark))
    const tracer = trace.getTracer(SCOPE)
    const meter = metrics.getMeter(SCOPE)
    this.#follow('request', new RequestSpans(tracer, meter, redact))
    const form = <N extends TraceName>(name: N, spans: SpanForm<TraceMessages[N]>) =>
      this.#follow(name, new WorkSpans<TraceMessages[N]>(tracer, spans, redact))
    form('handler', { name: ({ route }) => `handler ${route}` })
    form('service', {
      name: ({ service }) => `service ${service}`,
      attributes: ({ scope }) => ({ 'myfy.scope': scope }),
      isPart: true,
    })
    form('transaction', transactionForm(meter))
    form('send', sendForm(meter))
    form('task', taskForm(meter))
    form('reload', {
      name: () => 'reload',
      attributes: ({ files }) => ({ 'myfy.reload.files': [...files] }),
    })
    const inject = (carrier: unknown) => propagation.inject(context.active(), carrier)
    channel('myfy:propagate').subscribe(inject)
    this.#stops.push(() => void channel('myfy:propagate').unsubscribe(inject))
  }

  /** Reports whether spans follow the calls inside of a process. */
  get followsCalls(): boolean {
    return this.#storage !== undefined
  }

  /** Continues with the application that replaces the one before. */
  continueWith(app: Redacting): void {
    this.#app = app
  }

  /** Unsubscribes. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  #follow<N extends TraceName>(name: N, spans: Spans<TraceMessages[N]>): void {
    const storage = this.#storage
    const end = (message: TraceMessages[N]) => spans.end(message)
    if (storage === undefined) {
      this.#stops.push(observeTraces(name, { start: (message) => void spans.begin(message), end }))
      return
    }
    const { start } = traceChannel(name)
    // The span is made first, so that everything inside has its context.
    start.bindStore(storage, (message) => spans.begin(message as TraceMessages[N]))
    this.#stops.push(() => void start.unbindStore(storage), observeTraces(name, { end }))
  }
}
