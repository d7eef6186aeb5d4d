// The modules of an application put together: each registers its providers, then the whole graph is verified. In a
// reload, modules that run and have not changed take the place of their successors, with the services they built.

import { type Class, Container } from '@myfy/di'
import { mark, type Recording, recorded, replay, SingletonReuse } from '@myfy/di/reuse'
import type { Application } from '../application/application.ts'
import { attachContainer, type Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { ModuleOrder } from '../modules/module-order.ts'
import { isReusable, type Snapshot, snapshotOf } from '../modules/module-reuse.ts'
import type { Settings } from '../settings/settings.ts'

/** What is put together, and how hooks run. */
export interface AssemblyParts {
  readonly app: Application<unknown>
  /** The class of `app`, as its token. */
  readonly token: Class<Application<unknown>>
  readonly order: ModuleOrder
  readonly settings: ReadonlyMap<Settings, unknown>
  readonly snapshots: ReadonlyMap<Module, Snapshot>
  readonly overrides: ReadonlyArray<(container: Container) => void>
  /** Runs one hook; rejects if it fails. */
  run(phase: 'configure' | 'extend' | 'finalize', module: Module, hook: () => unknown): Promise<unknown>
}

/** An application that runs, as its successor sees it. */
export interface AssembledPredecessor {
  readonly assembly: Assembly | undefined
  readonly instances: readonly ModuleInstance[]
}

export class Assembly {
  modules: readonly Module[]
  requires: ReadonlyMap<Module, readonly Module[]>
  container = new Container()
  /** The predecessor's modules that go on. */
  readonly reused = new Map<Module, ModuleInstance>()
  readonly #parts: AssemblyParts
  #predecessor: AssembledPredecessor | undefined
  /** From each running module that is kept to the new one it stands for. */
  readonly #replaces = new Map<Module, Module>()
  readonly #snapshots: Map<Module, Snapshot>
  readonly #recordings = new Map<Module, Recording>()
  #reuse: SingletonReuse | undefined

  constructor(parts: AssemblyParts, predecessor?: AssembledPredecessor) {
    this.#parts = parts
    this.#predecessor = predecessor
    this.#snapshots = new Map(parts.snapshots)
    this.modules = parts.order.modules
    this.requires = parts.order.requires
  }

  /** Registers and verifies everything. */
  async build(): Promise<void> {
    this.#keepWhatCanBe()
    // A service that can't be shared after all takes its module out, and all that stand on it; then once more.
    do await this.#register()
    while (this.#dropSpoilt())
    const { app, run } = this.#parts
    for (const module of this.#own()) {
      if (module.finalize) await run('finalize', module, () => module.finalize?.(this.container, app))
    }
  }

  /** The last step of a hand-over: what is kept belongs to this application from now on. */
  commit(): void {
    this.#reuse?.commit()
    for (const module of this.reused.keys()) {
      this.#snapshots.set(module, this.#predecessor?.assembly?.snapshotOf(module) ?? {})
      attach(module, this.container)
    }
    this.reused.clear()
    // Held on, they would keep every application that ever ran.
    this.#replaces.clear()
    this.#reuse = undefined
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
    // What replaces another is about to be replaced itself: making functions of its plans would take longer than the
    // requests until then gain by them.
    const container = new Container({ codegen: this.#predecessor === undefined })
    this.container = container
    container.register(token, { value: app })
    for (const [key, value] of settings) container.register(key, { value })
    for (const module of this.modules) {
      const running = this.reused.has(module) ? this.#predecessor?.assembly?.recordingOf(module) : undefined
      if (!running) attach(module, container)
      const since = mark(container)
      if (running) replay(running, container)
      else if (module.configure) await run('configure', module, () => module.configure?.(container, app))
      this.#recordings.set(module, recorded(container, since))
    }
    for (const module of this.#own()) {
      const since = mark(container)
      if (module.extend) await run('extend', module, () => module.extend?.(container, app))
      this.#recordings.set(module, [...this.recordingOf(module), ...recorded(container, since)])
    }
    for (const override of overrides) override(container)
    container.build()
  }

  /** The modules that are not kept: only their hooks run. */
  #own(): readonly Module[] {
    return this.modules.filter((module) => !this.reused.has(module))
  }

  #keepWhatCanBe(): void {
    const before = this.#predecessor?.assembly
    if (!before) return
    const running = new Map(this.#predecessor?.instances.map((instance) => [instance.name, instance]))
    const places = new Map<Module, Module>()
    for (const module of this.modules) {
      const instance = running.get(module.name)
      const snapshot = instance && before.snapshotOf(instance.module)
      const stands = (this.requires.get(module) ?? []).every((required) => places.has(required))
      if (!instance || !snapshot || !stands) continue
      const { started } = instance
      if (
        !isReusable(module, {
          module: instance.module,
          started,
          snapshot,
          recording: before.recordingOf(instance.module),
        })
      )
        continue
      places.set(module, instance.module)
      this.#replaces.set(instance.module, module)
      this.reused.set(instance.module, instance)
    }
    this.#replace((module) => places.get(module) ?? module)
  }

  #dropSpoilt(): boolean {
    const before = this.#predecessor?.assembly
    if (this.reused.size === 0 || !before) return false
    this.#reuse = new SingletonReuse(this.container, before.container)
    const unshareable = [...this.reused.keys()].filter(
      (module) => this.#reuse?.notReused(this.recordingOf(module)).length,
    )
    for (const module of unshareable) this.#drop(module)
    return unshareable.length > 0
  }

  #drop(module: Module): void {
    if (!this.reused.delete(module)) return
    const dependents = [...this.requires].filter(([, required]) => required.includes(module))
    for (const [dependent] of dependents) this.#drop(dependent)
    const own = this.#replaces.get(module)
    if (own) this.#replace((one) => (one === module ? own : one))
  }

  #replace(by: (module: Module) => Module): void {
    this.modules = this.modules.map(by)
    this.requires = new Map([...this.requires].map(([module, required]) => [by(module), required.map(by)]))
  }
}

/** The fields of modules that nothing has touched yet. */
export function takeSnapshots(modules: readonly Module[]): ReadonlyMap<Module, Snapshot> {
  return new Map(modules.map((module) => [module, snapshotOf(module)]))
}

interface Attachable extends Module {
  [attachContainer]?(container: Container): void
}

function attach(module: Attachable, container: Container): void {
  module[attachContainer]?.(container)
}
