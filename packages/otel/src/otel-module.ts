// OtelModule: the module that sends traces and metrics to OpenTelemetry.

import { type App, BaseModule, type StopContext } from '@myfy/core'
import { assertKnownOptions, type SoleModule, soleModule } from '@myfy/core/runtime'
import { Instrumentation } from './instrumentation.ts'
import { currentTracer } from './instruments.ts'
import { traceLifecycle } from './lifecycle-spans.ts'
import { flushProviders, hasSdk } from './providers.ts'

/** Options of an {@link OtelModule}. */
export interface OtelModuleOptions {
  /**
   * Sends what is buffered, in the flush phase of a stop; its failure is one of the stop. Default: `forceFlush` of the
   * global providers of traces, metrics and logs, whose failure is a warning: it is one of the collector.
   */
  readonly flush?: () => unknown
}

/**
 * The module that makes OpenTelemetry spans and metrics of an application: of requests, handlers, services, transactions,
 * tasks and reloads, and of its start and stop. SDK and exporters are those that the process registers, best before the
 * application is initialized; without an SDK nothing is recorded, of which a line warns.
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
  readonly #flush: (() => unknown) | undefined
  #instrumentation: Instrumentation | undefined
  /**
   * The difference between the time of day and the clock of the application, in ms, when its state was last changed:
   * that clock stands still while the machine sleeps.
   */
  #epoch = 0

  constructor(options: OtelModuleOptions = {}) {
    super('otel')
    assertKnownOptions('OtelModule', options, { flush: true })
    this.#flush = options.flush
  }

  /** @internal */
  get [soleModule](): SoleModule {
    return { type: 'OtelModule', fix: 'Remove one of them' }
  }

  /** Subscribes to the channels before any service is built, and records the start when it is complete. */
  override configure(_container: unknown, app: App): void {
    const instrumentation = Instrumentation.join(app)
    this.#instrumentation = instrumentation
    if (!instrumentation.followsCalls)
      app.logger.warn(
        {},
        'the registered OpenTelemetry context manager cannot be bound to channels: spans have no parents inside this process',
      )
    const setEpoch = ({ at }: { readonly at: number }) => {
      this.#epoch = Date.now() - at
    }
    for (const type of ['ready', 'failed', 'state'] as const) app.on(type, setEpoch)
    app.on('ready', () => {
      if (!hasSdk() && !/^true$/i.test(process.env.OTEL_SDK_DISABLED ?? ''))
        app.logger.warn(
          {},
          'no OpenTelemetry SDK is registered: nothing is recorded; start one before the application, or set OTEL_SDK_DISABLED=true',
        )
      this.#trace(app, 'start', ['initialize', 'start'])
    })
    app.on('failed', () => {
      this.#trace(app, 'start', ['initialize', 'start'])
    })
    // An application that fails before its modules are started is not flushed.
    app.on('state', ({ to }) => {
      if (to !== 'failed' && to !== 'stopped') return
      for (const provider of instrumentation.leave(app)) provider.shutdown?.().catch(() => {})
    })
  }

  /** Records the stop, and sends what is buffered. */
  override async flush({ app, logger, signal }: StopContext): Promise<void> {
    this.#trace(app, 'stop', ['drain', 'stop'])
    const ending = this.#instrumentation?.leave(app) ?? []
    if (this.#flush !== undefined) {
      await this.#flush()
      return
    }
    const failure = await flushProviders(signal, ending)
    if (failure === undefined) return
    const { reason } = failure
    const text = reason === undefined ? ': the exporter has not answered within shutdown.flush' : ''
    logger.warn(
      { ...(reason !== undefined && { err: reason }) },
      `cannot send the last spans, metrics or logs${text}; look at the exporter and its collector`,
    )
  }

  #trace(app: App, name: string, parts: readonly string[]): void {
    const timeline = app.timeline()
    const times = { origin: this.#epoch + timeline.origin, now: Date.now() }
    traceLifecycle(currentTracer(), name, timeline, parts, times)
  }
}
