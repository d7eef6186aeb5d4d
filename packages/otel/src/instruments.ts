// The tracer and the instruments of the metrics. An SDK may be registered after the application was initialized: the API
// keeps a meter that records nothing, and a tracer that learns of the SDK only if both have the same copy of the API.

import {
  type Meter,
  type MeterProvider,
  metrics,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'

/** The name of the tracer and the meter. */
const SCOPE = '@myfy/otel'

let provider: TracerProvider | undefined
let tracer: Tracer | undefined

/** Returns the tracer of the provider that is registered now. */
export function currentTracer(): Tracer {
  const registered = trace.getTracerProvider()
  if (tracer === undefined || registered !== provider) tracer = registered.getTracer(SCOPE)
  provider = registered
  return tracer
}

/** Returns the instrument of the provider that is registered now. */
export type Instrument<T> = () => T

/** Defines an instrument, which is created again when another provider is registered. */
export function defineInstrument<T>(create: (meter: Meter) => T): Instrument<T> {
  let known: MeterProvider | undefined
  let made: T
  return () => {
    const registered = metrics.getMeterProvider()
    if (registered !== known) {
      made = create(registered.getMeter(SCOPE))
      known = registered
    }
    return made
  }
}
