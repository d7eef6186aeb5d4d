// The modules of an application put together: each registers its providers, then the whole graph is verified. A reload
// reuses running modules that have not changed, with the services that they have built.

import { type Class, Container, type Plan } from '@myfy/di'
import { mark, type Recording, recorded, replay, SingletonReuse, setRegistrar } from '@myfy/di/reuse'
import { traceChannel, traced } from '../events/tracing.ts'
import type { App } from '../modules/app.ts'
import { attachContainer } from '../modules/base-module.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { ModuleOrder } from '../modules/module-order.ts'
import { reuseObstacle, type Snapshot, snapshotOf } from '../modules/module-reuse.ts'
import type { Settings } from '../settings/settings.ts'
import { type Replaced, ReuseSet } from './reuse-set.ts'

/** The inputs of an assembly. */
export interface AssemblyParts {
  readonly app: App
  /** The class of `app`, which is its token. */
  readonly token: Class<App>
  readonly order: ModuleOrder
  readonly settings: ReadonlyMap<Settings, unknown>
  readonly snapshots: ReadonlyMap<Module, Snapshot>
  readonly overrides: ReadonlyArray<(container: Container) => void>
  /** Receives each running module that is not reused. */
  readonly replaced: Replaced
  /** Runs one hook; rejects if it fails. */
  run(phase: 'configure' | 'extend' | 'finalize', module: Module, hook: () => unknown): Promise<unknown>
}

/** The running application that a reload replaces. */
export interface AssembledPredecessor {
  readonly assembly: Assembly | undefined
  readonly instances: readonly ModuleInstance[]
}

/** The modules of one application and their container. */
export class Assembly {
  container = new Container()
  /** The services of the modules that inject some. */
  readonly plans = new Map<Module, Plan>()
  readonly #parts: AssemblyParts
  readonly #reuse: ReuseSet
  readonly #snapshots: Map<Module, Snapshot>
  readonly #recordings = new Map<Module, Recording>()
  #predecessor: AssembledPredecessor | undefined
  #singletons: SingletonReuse | undefined

  constructor(parts: AssemblyParts, predecessor?: AssembledPredecessor) {
    this.#parts = parts
    this.#predecessor = predecessor
    this.#snapshots = new Map(parts.snapshots)
    this.#reuse = new ReuseSet(parts.order)
  }

  /** The modules, in start order. */
  get modules(): readonly Module[] {
    return this.#reuse.graph.modules
  }

  /** The modules that each module requires. */
  get requires(): ReadonlyMap<Module, readonly Module[]> {
    return this.#reuse.graph.requires
  }

  /** The modules of the predecessor that are reused; empty once they belong to this application. */
  get reused(): ReadonlyMap<Module, ModuleInstance> {
    return this.#reuse.instances
  }

  /** Registers the providers of all modules and verifies the graph. */
  async build(): Promise<void> {
    this.#selectReused()
    // A service that cannot be shared evicts its module and all that depend on it; then everything registers again.
    do await this.#register()
    while (this.#evictUnshareable())
    const { app, run } = this.#parts
    for (const module of this.#newModules()) {
      if (module.finalize) await run('finalize', module, () => module.finalize?.(this.container, app))
    }
  }

  /** Completes a takeover: the reused modules belong to this application from now on. */
  commit(): void {
    this.#singletons?.commit()
    for (const module of this.reused.keys()) {
      this.#snapshots.set(module, this.#predecessor?.assembly?.snapshotOf(module) ?? {})
      attach(module, this.container)
    }
    // References to the predecessor would keep every application alive that ever ran.
    this.#reuse.clear()
    this.#singletons = undefined
    this.#predecessor = undefined
  }

  snapshotOf(module: Module): Snapshot | undefined {
    return this.#snapshots.get(module)
  }

  recordingOf(module: Module): Recording {
    return this.#recordings.get(module) ?? []
  }

  async #register(): Promise<void> {
    const { app, token, settings, overrides, run } = this.#parts
    // An application that replaces another is about to be replaced itself: compiling its plans takes longer than the
    // requests until then would gain.
    const container = new Container({ codegen: this.#predecessor === undefined })
    this.container = container
    container.register(token, { value: app })
    for (const [key, value] of settings) container.register(key, { value })
    for (const module of this.modules) {
      const recording = this.#reuse.has(module) ? this.#predecessor?.assembly?.recordingOf(module) : undefined
      if (!recording) attach(module, container)
      const since = mark(container)
      setRegistrar(container, module.name)
      if (recording) replay(recording, container)
      else if (module.configure) await run('configure', module, () => module.configure?.(container, app))
      this.#recordings.set(module, recorded(container, since))
    }
    for (const module of this.#newModules()) {
      const since = mark(container)
      setRegistrar(container, module.name)
      if (module.extend) await run('extend', module, () => module.extend?.(container, app))
      this.#recordings.set(module, [...this.recordingOf(module), ...recorded(container, since)])
    }
    setRegistrar(container, undefined)
    // Declared apart from the recordings, which have no plans: a plan belongs to one container.
    this.plans.clear()
    for (const module of this.modules) {
      const { inject, name } = module
      if (inject) this.plans.set(module, container.plan({ name: `module ${name}`, inject }))
    }
    for (const override of overrides) override(container)
    const services = traceChannel('service')
    container.build(
      services.start.hasSubscribers
        ? {
            around: ({ name, scope }, make) => traced(services, { service: name, scope }, make),
          }
        : {},
    )
  }

  #newModules(): readonly Module[] {
    return this.modules.filter((module) => !this.#reuse.has(module))
  }

  #selectReused(): void {
    const before = this.#predecessor?.assembly
    if (!before) return
    const running = new Map(this.#predecessor?.instances.map((instance) => [instance.name, instance]))
    this.#reuse.select((module) => {
      const instance = running.get(module.name)
      const snapshot = instance && before.snapshotOf(instance.module)
      if (!instance || !snapshot) return undefined
      const { module: current, started } = instance
      const recording = before.recordingOf(current)
      const obstacle = reuseObstacle(module, { module: current, started, snapshot, recording })
      if (obstacle === undefined) return instance
      this.#parts.replaced(module, obstacle)
      return undefined
    }, this.#parts.replaced)
  }

  #evictUnshareable(): boolean {
    const before = this.#predecessor?.assembly
    if (this.#reuse.size === 0 || !before) return false
    const singletons = new SingletonReuse(this.container, before.container)
    this.#singletons = singletons
    const unshareable = [...this.reused.keys()].filter(
      (module) =>
        singletons.notReused(this.recordingOf(module)).length > 0 ||
        (module.inject !== undefined && !singletons.reuses(module.inject)),
    )
    for (const module of unshareable) {
      this.#parts.replaced(module, 'a service of it depends on changed code')
      this.#reuse.evict(module)
    }
    return unshareable.length > 0
  }
}

/** Returns the fields of modules that are not configured yet. */
export function takeSnapshots(modules: readonly Module[]): ReadonlyMap<Module, Snapshot> {
  return new Map(modules.map((module) => [module, snapshotOf(module)]))
}

interface Attachable extends Module {
  [attachContainer]?(container: Container): void
}

function attach(module: Attachable, container: Container): void {
  module[attachContainer]?.(container)
}
