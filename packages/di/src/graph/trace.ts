/** Traces: reports of the services that a container constructs. */

/** A service that a container has constructed. */
export interface Construction {
  /** The name of the provider. */
  readonly name: string
  /** The service, or the promise of it. */
  readonly service: unknown
  /** The duration of the constructor or factory, in milliseconds. */
  readonly durationMs: number
}

/** Wraps a constructor or factory. */
// biome-ignore lint/suspicious/noExplicitAny: it takes every constructor and factory
export type Trace = (make: any, isClass: boolean, name: () => string) => unknown

/** Returns a function that wraps a constructor or factory so that each call is reported. */
export function tracer(report: (construction: Construction) => void): Trace {
  return (make, isClass, name) => {
    function traced(...services: readonly unknown[]): unknown {
      const start = performance.now()
      const service = isClass ? Reflect.construct(make, services) : make(...services)
      report({ name: name(), service, durationMs: performance.now() - start })
      return service
    }
    // The disposer of a class is found on its prototype.
    if (isClass) traced.prototype = make.prototype
    return traced
  }
}
