// The providers of the SDK, as the process has registered them. The API knows neither a flush nor whether there is an SDK.

import { createNoopMeter, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api'

/** The place of the provider of `@opentelemetry/api-logs`, and its version. */
const LOGS = Symbol.for('io.opentelemetry.js.api.logs')
const LOGS_VERSION = 1

/** Returns the registered providers: of traces, of metrics, and of logs. */
function providers(): readonly unknown[] {
  const provider = trace.getTracerProvider() as { getDelegate?: () => unknown }
  const { [LOGS]: logs } = globalThis as { [LOGS]?: unknown }
  return [
    provider.getDelegate?.() ?? provider,
    metrics.getMeterProvider(),
    typeof logs === 'function' ? logs(LOGS_VERSION) : undefined,
  ]
}

/** Reports whether an SDK has registered a provider of traces or metrics. */
export function hasSdk(): boolean {
  const [traces] = providers()
  const recordsTraces = traces !== new ProxyTracerProvider().getDelegate()
  return recordsTraces || metrics.getMeterProvider().getMeter('myfy') !== createNoopMeter()
}

/** Some data was not sent. */
export interface FlushFailure {
  /** The error of the exporter; undefined if it has not answered in time. */
  readonly reason?: unknown
}

/** Flushes the providers that can, until the signal aborts. Returns the first failure, when all have ended. */
export async function flushProviders(signal: AbortSignal): Promise<FlushFailure | undefined> {
  const flushes = providers().map(async (one) =>
    (one as { forceFlush?: () => unknown } | undefined)?.forceFlush?.(),
  )
  const all = Promise.allSettled(flushes).then((results): FlushFailure | undefined => {
    const failed = results.find((result) => result.status === 'rejected')
    return failed && { reason: failed.reason ?? 'unknown' }
  })
  const aborted = new Promise<FlushFailure>((resolve) => {
    if (signal.aborted) resolve({})
    else signal.addEventListener('abort', () => resolve({}), { once: true })
  })
  return Promise.race([all, aborted])
}
