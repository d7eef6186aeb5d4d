// What an application consists of, as long as it may still change: modules, hooks and overrides.

import type { Container } from '@myfy/di'
import { StateError } from '../errors.ts'
import type { State } from '../events/state.ts'
import type { AppModule, ModuleClass } from '../modules/app.ts'
import { checkModule } from '../modules/check-module.ts'
import type { Module } from '../modules/module.ts'
import { refersTo } from '../modules/module-order.ts'
import { type ApplicationOptions, checkHook, type Hook, hookName } from '../phases/options.ts'
import type { Settings } from '../settings/settings.ts'

/** The names of the hooks of an application, in order. */
export interface HookNames {
  /** The hooks before the start of the modules. */
  readonly onStartup: readonly string[]
  /** True if there is a lifespan. */
  readonly lifespan: boolean
  /** The hooks after the stop of the modules. */
  readonly onShutdown: readonly string[]
}

/** Composition is the modules, hooks and overrides of an application. */
export class Composition {
  readonly modules: Module[]
  readonly onStartup: Hook[]
  readonly onShutdown: Hook[]
  readonly overrides: Array<(container: Container) => void> = []
  readonly #options: ApplicationOptions<unknown>

  constructor(options: ApplicationOptions<unknown>) {
    this.#options = options
    this.modules = (options.modules ?? []).map(checkModule)
    this.onStartup = (options.onStartup ?? []).map((hook) => checkHook('onStartup', hook))
    this.onShutdown = (options.onShutdown ?? []).map((hook) => checkHook('onShutdown', hook))
  }

  /** Adds a hook of a kind. */
  addHook(kind: 'onStartup' | 'onShutdown', hook: Hook): void {
    this[kind].push(checkHook(kind, hook))
  }

  /** Adds a module. */
  addModule(module: Module): void {
    this.modules.push(checkModule(module))
  }

  /** Returns the module of a class. */
  moduleOf<M extends AppModule>(type: ModuleClass<M>): M {
    const found = this.modules.find((module) => refersTo(type, module))
    if (found) return found as AppModule as M
    const present = this.modules.map((module) => module.name).join(', ') || 'none'
    throw new StateError(
      'MYFY_MODULE_UNKNOWN',
      typeof type === 'function'
        ? `Cannot get the module ${type.name}: it was not added. Add it with app.addModule(…). Added modules: ${present}.`
        : `Cannot get a module by ${String(type)}: it is not a class. If it is imported, look for a circular import.`,
    )
  }

  /** Reports whether a module of a class or name was added. */
  hasModule(type: string | ModuleClass): boolean {
    return this.modules.some((module) => refersTo(type, module))
  }

  /** The settings of the application and of its modules, each once. */
  get settings(): readonly Settings[] {
    const ofModules = this.modules.map((module) => module.settings ?? [])
    return [...new Set([this.#options.settings ?? [], ...ofModules].flat(2) as Settings[])]
  }

  get hookNames(): HookNames {
    const names = (hooks: readonly Hook[]) => hooks.map(hookName)
    return {
      onStartup: names(this.onStartup),
      lifespan: this.#options.lifespan !== undefined,
      onShutdown: names(this.onShutdown),
    }
  }
}

/** Throws a StateError if an application is initialized: it does not change any more. */
export function assertChangeable(method: string, state: State): void {
  if (state === 'created') return
  throw new StateError(
    'MYFY_ALREADY_INITIALIZED',
    `Cannot call ${method}(): the application is already ${state}. Call it before initialize().`,
  )
}
