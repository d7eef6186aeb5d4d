/** Traces: reports of the services that a container constructs. */
import { Binding, type BindingSpec } from './binding.ts'

/** A service that a container has constructed. */
export interface Construction {
  /** The name of the provider. */
  readonly name: string
  /** The service, or the promise of it. */
  readonly service: unknown
  /** The duration of the constructor or factory, in milliseconds. */
  readonly durationMs: number
}

/** Receives each service that is constructed. */
export type Trace = (construction: Construction) => void

/** Wraps the constructor or factory of a binding so that each call is reported. */
export function traced(spec: BindingSpec, trace: Trace): BindingSpec {
  const { kind } = spec
  if (typeof spec.make !== 'function' || (kind !== 'class' && kind !== 'factory')) return spec
  // biome-ignore lint/suspicious/noExplicitAny: it takes every constructor and factory
  const make = spec.make as any
  function reporting(...services: readonly unknown[]): unknown {
    const start = performance.now()
    const service = kind === 'class' ? Reflect.construct(make, services) : make(...services)
    trace({ name: new Binding(spec).name, service, durationMs: performance.now() - start })
    return service
  }
  // The disposer of a class is found on its prototype.
  if (kind === 'class') reporting.prototype = make.prototype
  return { ...spec, make: reporting }
}
