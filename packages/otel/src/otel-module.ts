// OtelModule: the module that sends traces and metrics to OpenTelemetry.

import { type App, BaseModule, type StartContext, type StopContext } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { metrics, trace } from '@opentelemetry/api'
import { Instrumentation, SCOPE } from './instrumentation.ts'
import { traceLifecycle } from './lifecycle-spans.ts'

/** Options of an {@link OtelModule}. */
export interface OtelModuleOptions {
  /** Sends what is buffered, in the flush phase of a stop. Default: `forceFlush` of the global providers. */
  readonly flush?: () => unknown
}

/**
 * The module that makes OpenTelemetry spans and metrics of an application: of requests, handlers, services, transactions,
 * tasks and reloads, and of its start and stop. SDK and exporters are those that the process has registered before the
 * application is initialized; without an SDK nothing is recorded.
 *
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { OtelModule } from '@myfy/otel'
 *
 * const app = new Application().addModule(new OtelModule())
 * await app.run()
 * ```
 */
export class OtelModule extends BaseModule {
  readonly #flush: () => unknown
  #instrumentation: Instrumentation | undefined
  /** The difference between the time of day and the clock of the application, in ms. */
  #epoch = 0
  #handedOff = false

  constructor(options: OtelModuleOptions = {}) {
    super('otel')
    assertKnownOptions('OtelModule', options, { flush: true })
    this.#flush = options.flush ?? flushProviders
  }

  /** Subscribes to the channels before any service is built, and records the start when it is complete. */
  override configure(_container: unknown, app: App): void {
    this.#instrumentation = Instrumentation.start(app)
    if (this.#instrumentation?.followsCalls === false)
      app.logger.warn(
        {},
        'the registered OpenTelemetry context manager cannot be bound to channels: spans have no parents inside this process',
      )
    app.on('ready', ({ at }) => {
      this.#epoch = Date.now() - at
      this.#trace(app, 'start', ['initialize', 'start'])
    })
    app.on('failed', ({ at }) => {
      this.#epoch = Date.now() - at
      this.#trace(app, 'start', ['initialize', 'start'])
    })
  }

  /** Continues with the subscriptions of the module that a reload replaces. */
  override start({ app, previous }: StartContext): void {
    if (!(previous instanceof Instrumentation)) return
    previous.continueWith(app)
    this.#instrumentation = previous
  }

  /** Passes the subscriptions to the module of the next application. */
  override handOff(): unknown {
    this.#handedOff = true
    return this.#instrumentation
  }

  /** Records the stop, and sends what is buffered. */
  override async flush({ app }: StopContext): Promise<void> {
    this.#trace(app, 'stop', ['drain', 'stop'])
    if (!this.#handedOff) this.#instrumentation?.stop()
    await this.#flush()
  }

  #trace(app: App, name: string, parts: readonly string[]): void {
    const timeline = app.timeline()
    const times = { origin: this.#epoch + timeline.origin, now: Date.now() }
    traceLifecycle(trace.getTracer(SCOPE), name, timeline, parts, times)
  }
}

/** Flushes the providers of the SDK. The API knows no flush: they are asked for the method. */
async function flushProviders(): Promise<void> {
  const provider = trace.getTracerProvider() as { getDelegate?: () => unknown }
  const providers = [provider.getDelegate?.() ?? provider, metrics.getMeterProvider()]
  const flushes = providers.map((one) => (one as { forceFlush?: () => unknown }).forceFlush?.())
  const failed = (await Promise.allSettled(flushes)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
