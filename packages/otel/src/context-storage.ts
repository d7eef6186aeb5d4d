// The context of OpenTelemetry as a store that node:diagnostics_channel can bind.

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  type ContextManager,
  context,
  createContextKey,
  ROOT_CONTEXT,
} from '@opentelemetry/api'

/**
 * Returns the storage of the active context: that of the context manager that the SDK has registered, or that of one
 * that this function registers. Undefined if the registered one keeps its context in another way: spans then have
 * parents only across processes.
 */
export function contextStorage(): AsyncLocalStorage<Context> | undefined {
  if (!hasContextManager()) {
    const manager = new StorageContextManager()
    context.setGlobalContextManager(manager)
    return manager.storage
  }
  // The API has no access to the storage. The SDK's manager has kept it in this field since its first version; it is
  // checked, and a manager without it is used through the API alone.
  const { _getContextManager } = context as unknown as { _getContextManager?: () => unknown }
  const manager = _getContextManager?.call(context) as { _asyncLocalStorage?: unknown } | undefined
  const storage = manager?._asyncLocalStorage
  return storage instanceof AsyncLocalStorage ? (storage as AsyncLocalStorage<Context>) : undefined
}

function hasContextManager(): boolean {
  const key = createContextKey('myfy')
  return context.with(ROOT_CONTEXT.setValue(key, true), () => context.active().getValue(key) === true)
}

/** StorageContextManager keeps the context in an AsyncLocalStorage. */
class StorageContextManager implements ContextManager {
  readonly storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    receiver?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(active, () => work.apply(receiver as never, args))
  }

  bind<T>(active: Context, target: T): T {
    if (typeof target !== 'function') return target
    const { storage } = this
    function bound(this: unknown, ...args: unknown[]): unknown {
      return storage.run(active, () => (target as (...args: unknown[]) => unknown).apply(this, args))
    }
    return bound as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.storage.disable()
    return this
  }
}
