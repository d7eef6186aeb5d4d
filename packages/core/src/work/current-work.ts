// The unit of work that a scope belongs to, for the services of that scope.

import { type Seed, seed } from '@myfy/di'

/**
 * The options that modules add to routes, by name. Empty until a package declares its own:
 * `declare module '@myfy/core' { interface HandlerOptions { readonly audit?: boolean } }`. Its module returns the
 * implementation from `handlerOptions()`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: packages add members by declaration merging
export interface HandlerOptions {}

/** A request, or work that `app.work` runs, as the services of its scope see it. */
export interface WorkUnit {
  /** The id of the request, or of the request that caused the work; undefined if there is none, or it is not known. */
  readonly id?: string | undefined
  /** The name for logs and errors: `GET /users/:id`. It contains no values from outside. */
  readonly label: string
  /** Aborts when the result is not needed any more: the client has left, the time is over, or a stop is forced. */
  readonly signal: AbortSignal
  /** The options that the route declares, or that `app.work` was given. */
  readonly options: HandlerOptions
  /** Returns the time that the work has left, in ms; `Infinity` if it has no limit. */
  remaining(): number
}

/**
 * The unit of work that a scope belongs to, to be injected by services that serve requests and background work alike.
 * Transports give it to each scope; a scope that is opened by hand may lack it: inject `optional(CurrentWork)`.
 *
 * @example
 * ```ts
 * import { CurrentWork } from '@myfy/core'
 * import { work } from '@myfy/di'
 *
 * export const deadline = work({ unit: CurrentWork }, ({ unit }) => Date.now() + unit.remaining())
 * ```
 */
export const CurrentWork: Seed<WorkUnit, 'work'> = seed<WorkUnit>('work', 'CurrentWork')
