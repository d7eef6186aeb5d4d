// The observation of modules and of the services that they register: who uses them, and whether their module has started.

import type { AnyToken, Container } from '@myfy/di'
import { recorded } from '@myfy/di/reuse'
import type { AppModule } from '../../../modules/app.ts'
import type { Module } from '../../../modules/module.ts'
import { isThenable } from '../../../runtime/thrown.ts'

/** Receives what modules do. */
export interface GuardObserver {
  /** A member of a service was called: `Database.query`. */
  used(owner: string, member: string): void
  /** The code of a start has returned. `waits` is true if it waits for something. */
  startReturned(module: string, waits: boolean): void
  /** The code of a stop was called, by the application or by anybody else. */
  stopCalled(module: string): void
}

/** Puts a guard around each service that a module with hooks registers. */
export function guardServices(
  container: Container,
  modules: readonly AppModule[],
  observer: GuardObserver,
): void {
  const guarded = new Set(modules.filter(hasLifetime).map(({ name }) => name))
  for (const [call, token, , registrar] of recorded(container, 0)) {
    if (call !== 'register' || registrar === undefined || !guarded.has(registrar)) continue
    const name = String((token as { readonly name?: unknown }).name ?? token)
    container.decorate(token as AnyToken<unknown>, {
      factory: (service: unknown) => guard(service, name, (member) => observer.used(registrar, member)),
    })
  }
}

function hasLifetime(module: AppModule): boolean {
  const { start, stop } = module as Module
  return start !== undefined || stop !== undefined
}

function guard(service: unknown, name: string, used: (member: string) => void): unknown {
  if (typeof service === 'function') {
    return new Proxy(service, {
      apply(target, self, args) {
        used(name)
        return Reflect.apply(target, self, args)
      },
    })
  }
  if (typeof service !== 'object' || service === null || isThenable(service)) return service
  const methods = new Map<PropertyKey, unknown>()
  return new Proxy(service, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' || typeof key === 'symbol' || key === 'constructor') return value
      const own = Object.getOwnPropertyDescriptor(target, key)
      if (own && !own.configurable && !own.writable) return value
      const known = methods.get(key)
      if (known && (known as { readonly of?: unknown }).of === value) return known
      // Called on the service itself: private fields do not exist on a proxy.
      const method = Object.assign(
        (...args: unknown[]) => {
          used(`${name}.${key}`)
          return Reflect.apply(value, target, args)
        },
        { of: value },
      )
      methods.set(key, method)
      return method
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

/** Observes the calls of `start` and `stop` of modules, by the application and by other modules. */
export function watchModules(modules: readonly AppModule[], observer: GuardObserver): void {
  for (const module of modules) {
    const { name } = module
    wrap(module, 'start', (call) => {
      let waits = false
      try {
        const value = call()
        if (isThenable(value)) {
          let isSettled = false
          const settled = () => {
            isSettled = true
          }
          value.then(settled, settled)
          // A promise that is settled already has called its listener before this one.
          void Promise.resolve().then(() => {
            if (!isSettled) observer.startReturned(name, true)
          })
          waits = false
        }
        return value
      } finally {
        observer.startReturned(name, waits)
      }
    })
    wrap(module, 'stop', (call) => {
      observer.stopCalled(name)
      return call()
    })
  }
}

/** The hooks that are wrapped, with their own code. */
const originals = new WeakMap<object, (...args: unknown[]) => unknown>()

function wrap(module: object, hook: 'start' | 'stop', around: (call: () => unknown) => unknown): void {
  const present = (module as Record<string, unknown>)[hook]
  if (typeof present !== 'function') return
  // A module that an earlier schedule has used already is wrapped by it.
  const original = originals.get(present) ?? (present as (...args: unknown[]) => unknown)
  const wrapped = function (this: unknown, ...args: unknown[]) {
    return around(() => original.apply(this, args))
  }
  originals.set(wrapped, original)
  try {
    Object.defineProperty(module, hook, {
      value: wrapped,
      configurable: true,
      writable: true,
      enumerable: true,
    })
  } catch {
    // A frozen module is not observed.
  }
}
