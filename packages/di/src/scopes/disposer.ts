/** Disposers: which services have to be settled or disposed, and what a factory has only handed on. */
import type { Binding } from '../graph/binding.ts'

/** Reports whether an instance has a disposer itself. Called for each service of a request. */
export const hasDisposer = (instance: unknown): boolean =>
  instance !== undefined &&
  instance !== null &&
  ((instance as AsyncDisposable)[Symbol.asyncDispose] !== undefined ||
    (instance as Disposable)[Symbol.dispose] !== undefined)

/** Returns the disposer that an instance has itself. */
export const disposerOf = (instance: unknown): (() => unknown) | undefined =>
  (instance as AsyncDisposable | undefined)?.[Symbol.asyncDispose] ??
  (instance as Disposable | undefined)?.[Symbol.dispose]

/**
 * Reports whether the services of a provider have to be settled or disposed. `maybe` means that only the instance can
 * tell: a factory returns anything, and a class can have its disposer as a field.
 */
export function hasEnd({ kind, make, options }: Binding): boolean | 'maybe' {
  if (options?.dispose || options?.settle) return true
  if (options?.dispose === false || (kind !== 'class' && kind !== 'factory')) return false
  return (kind === 'class' && !!disposerOf((make as { prototype?: unknown }).prototype)) || 'maybe'
}

/** Reports whether a service is a dependency, or directly contained in one: a list, a map, or the fields of an object. */
export function isPartOf(service: unknown, dependency: unknown): boolean {
  if (dependency === service) return true
  if (typeof dependency !== 'object' || dependency === null) return false
  if (dependency instanceof Map || dependency instanceof Set)
    return [...dependency.values()].includes(service)
  return Object.values(Object.getOwnPropertyDescriptors(dependency)).some(({ value }) => value === service)
}
