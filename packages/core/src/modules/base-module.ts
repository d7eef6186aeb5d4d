// The two forms of a module: a class, and a value.

import type { Container, Inject } from '@myfy/di'
import { StateError } from '../errors.ts'
import type { Module, ModuleHooks } from './module.ts'

/**
 * Gives a module its container.
 * @internal
 */
export const attachContainer: unique symbol = Symbol.for('myfy.module.container')

/**
 * The class to extend for a module. `this.container` is available from `configure` on. The name is the argument of the
 * constructor, or a field `name`, or derived from the class (`DataModule` → `data`).
 *
 * @example
 * ```ts
 * import { BaseModule, type StartContext } from '@myfy/core'
 *
 * export class ClockModule extends BaseModule {
 *   override name = 'clock'
 *   override start(context: StartContext) {
 *     context.every(60_000, 'tick', () => console.log(new Date()))
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every merged member is optional
export abstract class BaseModule implements Module {
  /** The name, unique in the application. */
  name: string
  #container: Container | undefined

  constructor(name?: string) {
    this.name = name ?? nameOfClass(this.constructor.name)
  }

  /** The container. @throws StateError before `configure` */
  get container(): Container {
    if (this.#container) return this.#container
    throw new StateError(
      'MYFY_MODULE_NOT_CONFIGURED',
      `Cannot access the container of the module '${this.name}': it is not configured yet. Use the container from configure() on, not in the constructor.`,
    )
  }

  /**
   * Gives the module its container.
   * @internal
   */
  [attachContainer](container: Container): void {
    this.#container = container
  }
}

/** The hooks of a module, all optional. */
// Declared apart from the class: as optional members they are part of its type without being fields, so that a
// subclass may write them as methods, fields or getters.
export interface BaseModule extends Module {}

/**
 * Returns its argument, typed as a module: an alternative to a class that extends `BaseModule`. `inject` stands before the
 * hooks, which receive its services as their last argument.
 *
 * @example
 * ```ts
 * import { defineModule } from '@myfy/core'
 * import { singleton } from '@myfy/di'
 *
 * const Clock = singleton(async () => ({ now: () => new Date() }))
 *
 * export const clock = defineModule({
 *   name: 'clock',
 *   inject: { clock: Clock },
 *   start({ every }, { clock }) {
 *     every(60_000, 'tick', () => console.log(clock.now()))
 *   },
 * })
 * ```
 */
export function defineModule<
  const M extends Omit<Module, keyof ModuleHooks<Inject>>,
  const R extends Inject = [],
>(module: M & ModuleHooks<R>): M {
  return module
}

function nameOfClass(name: string): string {
  return name
    .replace(/Module$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}
