/** The scopes of requests and tasks, as applications see them. */
import type { Injectable, Injected, Outcome } from '../providers/inject.ts'
import { type Seed, type ShortScope, seed } from '../providers/token.ts'

/** The services of one request or task. They are built when they are requested and end with the scope. */
export interface ServiceScope extends AsyncDisposable {
  /** The kind of the scope. */
  readonly kind: ShortScope
  /** Returns the service of a token. Throws `AsyncProviderError` if it has to be awaited. */
  get<I extends Injectable>(token: I): Injected<I>
  /** Resolves to the service of a token, also if it is built asynchronously. */
  resolve<I extends Injectable>(token: I): Promise<Injected<I>>
  /** Reports the outcome of the work to the services, once, latest built first. Call it before the result is sent. */
  settle(outcome: Outcome): void | Promise<void>
  /**
   * Ends the scope: settles the services that are not settled (as failed, unless an outcome is given) and disposes them,
   * latest built first. Throws a `ServicesFailedError` after all have been tried.
   */
  dispose(outcome?: Outcome): void | Promise<void>
}

/** Injects the scope that a service lives in: `request({ scope: CurrentScope }, ({ scope }) => …)`. */
export const CurrentScope: Seed<ServiceScope, 'work'> = /* @__PURE__ */ seed<ServiceScope>(
  'work',
  'CurrentScope',
)
