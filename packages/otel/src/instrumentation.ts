// The subscriptions to the tracing channels of the process.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { type App, observeTraces, type TraceMessages, type TraceName, traceChannel } from '@myfy/core'
import { type Context, context, propagation } from '@opentelemetry/api'
import { contextStorage } from './context-storage.ts'
import { DelayedShutdown, type Provider } from './providers.ts'
import { RequestSpans } from './request-spans.ts'
import { sendForm, taskForm, transactionForm } from './span-forms.ts'
import { type Redact, type SpanForm, WorkSpans } from './work-spans.ts'

/** The place of the instrumentation of the process, which copies of this package share. */
const SHARED = Symbol.for('myfy.otel')

const shared = globalThis as { [SHARED]?: Instrumentation }

/** An application that knows which of its settings are secret. */
type Redacting = Pick<App, 'redact' | 'logger'>

type Spans<M> = { begin(message: M): Context; end(message: M): void }

/** Instrumentation makes spans and metrics of what the process publishes, while one of its applications has the module. */
export class Instrumentation {
  readonly #stops: Array<() => void> = []
  readonly #shutdown = new DelayedShutdown()
  readonly #storage: AsyncLocalStorage<Context> | undefined
  /** Two applications of one process publish on the same channels: also the next one during a reload. */
  readonly #apps = new Set<Redacting>()

  /** Adds an application. The first one subscribes to the channels. */
  static join(app: Redacting): Instrumentation {
    shared[SHARED] ??= new Instrumentation()
    shared[SHARED].#apps.add(app)
    return shared[SHARED]
  }

  private constructor() {
    // A message does not tell whose it is: no secret of any application may leave the process.
    const redact: Redact = (value) => {
      let safe = value
      for (const app of this.#apps) safe = app.redact(safe)
      return safe
    }
    this.#storage = contextStorage()
    this.#follow('request', new RequestSpans(redact, (message) => this.#warn(message)))
    const form = <N extends TraceName>(name: N, spans: SpanForm<TraceMessages[N]>) =>
      this.#follow(name, new WorkSpans<TraceMessages[N]>(spans, redact))
    form('handler', { name: ({ route }) => `handler ${route}` })
    form('service', {
      name: ({ service }) => `service ${service}`,
      attributes: ({ scope }) => ({ 'myfy.scope': scope }),
      isPart: true,
    })
    form('transaction', transactionForm())
    form('send', sendForm())
    form('task', taskForm())
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

  /**
   * Removes an application. The last one unsubscribes, and is returned the providers that are to shut down. A second call
   * does nothing.
   */
  leave(app: Redacting): readonly Provider[] {
    if (!this.#apps.delete(app) || this.#apps.size > 0) return []
    for (const stop of this.#stops.splice(0)) stop()
    delete shared[SHARED]
    return this.#shutdown.end()
  }

  #warn(message: string): void {
    for (const { logger } of this.#apps) return logger.warn({}, message)
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
