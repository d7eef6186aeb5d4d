// The providers of the SDK, as the process has registered them. The API knows neither a flush nor whether there is an SDK.

import { createNoopMeter, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api'

/** The place of the provider of `@opentelemetry/api-logs`, and its version. */
const LOGS = Symbol.for('io.opentelemetry.js.api.logs')
const LOGS_VERSION = 1

/** A provider of an SDK; those of the API have none of these methods. */
export interface Provider {
  forceFlush?(): Promise<unknown>
  shutdown?(): Promise<unknown>
}

/** Returns the registered providers: of traces, of metrics, and of logs. */
function providers(): readonly Provider[] {
  const provider = trace.getTracerProvider() as Provider & { getDelegate?: () => Provider }
  const { [LOGS]: logs } = globalThis as { [LOGS]?: unknown }
  return [
    provider.getDelegate?.() ?? provider,
    metrics.getMeterProvider() as Provider,
    ...(typeof logs === 'function' ? [logs(LOGS_VERSION) as Provider] : []),
  ]
}

/**
 * DelayedShutdown makes the registered providers flush when they are to shut down. A preload such as
 * `@opentelemetry/auto-instrumentations-node/register` does that when SIGTERM arrives: without the delay, what happens
 * in the drain and in the stop would not be recorded any more.
 */
export class DelayedShutdown {
  readonly #originals = new Map<Provider, NonNullable<Provider['shutdown']>>()
  readonly #requested = new Set<Provider>()

  constructor() {
    for (const provider of providers()) {
      if (provider.shutdown === undefined) continue
      this.#originals.set(provider, provider.shutdown)
      Reflect.set(provider, 'shutdown', async () => {
        this.#requested.add(provider)
        await provider.forceFlush?.()
      })
    }
  }

  /** Ends the delay. Returns the providers that are to shut down. */
  end(): readonly Provider[] {
    for (const [provider, shutdown] of this.#originals) Reflect.set(provider, 'shutdown', shutdown)
    return [...this.#requested]
  }
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

/**
 * Flushes the providers that can, and shuts `ending` down, until the signal aborts. Returns the first failure, when all
 * have ended.
 */
export async function flushProviders(
  signal: AbortSignal,
  ending: readonly Provider[],
): Promise<FlushFailure | undefined> {
  const flushes = providers().map(async (provider) => {
    await provider.forceFlush?.()
    if (ending.includes(provider)) await provider.shutdown?.()
  })
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
