// One module of the application, and the order of evaluation, which is that of the language.

import type { CompiledModule } from '../compile/compiled-module.ts'
import { isAsyncScript, reexportsOf } from '../compile/module-script.ts'
import { addChild, type CommonJsModule, createModule } from './commonjs-module.ts'
import { AsynchronousModule } from './external-module.ts'
import { type Importable, isSameOrigin, type Origin } from './importable.ts'
import type { GraphNode } from './module-graph.ts'

/** A module of the application: its code, its bindings, and the state of its evaluation. */
export class ModuleRecord implements GraphNode, Importable {
  readonly compiled: CompiledModule
  /** The query and the fragment by which it was imported; empty for most. */
  readonly query: string
  readonly imports = new Set<string>()
  readonly exports: object = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } })
  /** The exports that its code declares, from the time of instantiation on. */
  readonly declared: object = Object.create(null)
  /** The static imports in source order, from the time of linking on. */
  readonly requested: Importable[] = []
  /** The targets of `export * from`. */
  readonly stars: Importable[] = []
  /** The names that come through `export *`, with the targets that have them. */
  readonly starred = new Map<string, Importable[]>()
  /** The names that come from different modules through `export *`, which the language leaves out. */
  readonly conflicts = new Map<string, readonly Importable[]>()
  /** Runs the body, from the time of instantiation on. */
  run: () => void | Promise<void> = () => {}

  #published = false
  /** True once its body, and not only its imports, was evaluated. */
  #began = false
  #state: 'new' | 'evaluating' | 'evaluated' | 'failed' = 'new'
  #error: unknown
  #pending: Promise<void> | undefined
  #module: CommonJsModule | undefined
  /** The module that it waits for at this moment. A chain of them may lead back to it. */
  #waitsFor: Importable | undefined

  constructor(compiled: CompiledModule, query = '') {
    this.compiled = compiled
    this.query = query
  }

  get file(): string {
    return this.compiled.file
  }

  /** The `module` of CommonJS. In TypeScript with both kinds of exports they are one object. */
  get commonJsModule(): CommonJsModule {
    this.#module ??= createModule(this.file, this.compiled.isCommonJs ? {} : this.exports)
    return this.#module
  }

  /** Reports whether it is CommonJS, or uses what only CommonJS has. */
  get usesCommonJs(): boolean {
    return this.compiled.isCommonJs || this.#module !== undefined
  }

  get complete(): boolean {
    return this.#state === 'evaluated'
  }

  /**
   * Evaluates its imports in order and then itself, synchronously as long as no module awaits. A module that waits for
   * its importer, directly or not, is not waited for: the cycle sees the bindings as they are, as the language
   * specifies, and never blocks.
   *
   * @param now - throws AsynchronousModule instead of waiting
   */
  evaluate(importer?: ModuleRecord, now = false): void | Promise<void> {
    switch (this.#state) {
      case 'evaluated':
        return
      case 'failed':
        throw this.#error
      case 'evaluating':
        if (importer && this.#leadsTo(importer)) return
        if (now && this.#pending)
          throw new AsynchronousModule(this.file, 'is being loaded by an import that has not ended')
        return this.#pending
      case 'new': {
        this.#state = 'evaluating'
        const pending = this.#settling(() => this.#evaluateFrom(0, now))
        if (pending) {
          this.#pending = pending
          pending.catch(() => {})
        }
        return pending
      }
    }
  }

  /**
   * Evaluates it for a `require`. Returns its `module.exports`, which is incomplete in a cycle. As in Node, an ECMAScript
   * module may export it by that name, and otherwise has `__esModule` beside its default export.
   *
   * @throws ImportError if the module, or one that it imports, awaits at its top level
   */
  require(importer?: ModuleRecord): unknown {
    if (importer && this.compiled.isCommonJs)
      addChild(importer.commonJsModule, this.commonJsModule, this.#state === 'new')
    try {
      if (this.#state !== 'evaluating') {
        this.#refuseAwait()
        this.evaluate(importer, true)
      }
    } catch (error) {
      throw error instanceof AsynchronousModule ? error.requiredIn(this.file, importer?.file) : error
    }
    const exports = this.#moduleExports
    if (exports !== this.exports) return exports
    if ('module.exports' in this.exports) return this.exports['module.exports']
    if ('default' in this.exports && !('__esModule' in this.exports))
      Object.defineProperty(this.exports, '__esModule', { value: true, configurable: true })
    return exports
  }

  /** Adds the names of `export *` as live bindings. Returns whether one was new. */
  exportStars(): boolean {
    let found = false
    for (const target of this.stars) {
      for (const name of namesOf(target)) {
        if (name === 'default' || this.conflicts.has(name)) continue
        const sources = this.starred.get(name)
        if (sources) {
          if (!sources.includes(target)) sources.push(target)
          continue
        }
        // An export by name hides those of `export *`.
        if (name in this.declared || name in this.exports) continue
        this.starred.set(name, [target])
        if (this.#published) this.#exportFrom(target, name)
        found = true
      }
    }
    return found
  }

  /** Removes the names of `export *` that lead to different bindings. Returns whether there was one. */
  dropConflicts(): boolean {
    let found = false
    for (const [name, sources] of this.starred) {
      // One source is the usual case.
      if (sources.length === 1 && !sources[0]!.conflicts?.has(name)) continue
      if (this.origin(name) !== 'ambiguous') continue
      this.starred.delete(name)
      this.conflicts.set(name, sources)
      Reflect.deleteProperty(this.exports, name)
      found = true
    }
    return found
  }

  /** The names of its exports, as far as they are known. */
  get names(): Iterable<string> {
    return this.#published
      ? Object.keys(this.exports)
      : [...Object.keys(this.declared), ...this.starred.keys()]
  }

  /** Completes the namespace with what is known before the evaluation, in the order of the language: that of the names. */
  publish(): void {
    const own = Object.getOwnPropertyDescriptors(this.declared) as PropertyDescriptorMap
    for (const name of [...this.names].sort()) {
      const descriptor = own[name]
      if (descriptor) Object.defineProperty(this.exports, name, descriptor)
      else this.#exportFrom(this.starred.get(name)![0]!, name)
    }
    this.#published = true
  }

  #exportFrom(target: Importable, name: string): void {
    const get = () => (target.exports as Record<string, unknown>)[name]
    Object.defineProperty(this.exports, name, { enumerable: true, configurable: true, get })
  }

  origin(name: string, seen: readonly Origin[] = []): Origin | 'ambiguous' | undefined {
    const own = { module: this, name }
    if (seen.some((one) => isSameOrigin(one, own))) return undefined
    const sources = this.starred.get(name)
    if (sources) {
      const origins = sources.map((source) => source.origin(name, [...seen, own]))
      const first = origins.find((origin) => origin !== undefined)
      if (first === undefined || first === 'ambiguous') return first
      return origins.every((one) => one === undefined || (one !== 'ambiguous' && isSameOrigin(one, first)))
        ? first
        : 'ambiguous'
    }
    if (this.conflicts.has(name)) return 'ambiguous'
    const reexport = reexportsOf(this.compiled).get(name)
    const target = reexport && this.requested[reexport.importIndex]
    if (!target) return own
    return reexport.name === undefined
      ? { module: target, name: '*' }
      : target.origin(reexport.name, [...seen, own])
  }

  /** @throws AsynchronousModule for a module that awaits, before any module is evaluated */
  #refuseAwait(seen = new Set<Importable>()): void {
    seen.add(this)
    if (this.#state !== 'new') return
    const { isCommonJs, script } = this.compiled
    if (!isCommonJs && isAsyncScript(script))
      throw new AsynchronousModule(this.file, 'awaits at its top level')
    for (const target of this.requested)
      if (target instanceof ModuleRecord && !seen.has(target)) target.#refuseAwait(seen)
  }

  #evaluateFrom(start: number, now: boolean): void | Promise<void> {
    for (let index = start; index < this.requested.length; index++) {
      const target = this.requested[index]!
      this.#waitsFor = target
      const pending = target.evaluate(this, now)
      if (pending) return pending.then(() => this.#evaluateFrom(index + 1, now))
    }
    this.#waitsFor = undefined
    // The names of a module that Node loads are known only now.
    this.exportStars()
    this.dropConflicts()
    this.#began = true
    const pending = this.run()
    if (pending) return pending.then(() => this.#exportRest())
    this.#exportRest()
  }

  /**
   * Exports the names that are known only now. As in Node, the `module.exports` of CommonJS is the default export, and its
   * properties are named exports.
   */
  #exportRest(): void {
    const late = Object.keys(this.declared).filter((name) => !(name in this.exports))
    for (const name of late)
      Object.defineProperty(this.exports, name, Object.getOwnPropertyDescriptor(this.declared, name)!)
    const value = this.#moduleExports
    if (value === this.exports) return
    const hasNames = (typeof value === 'object' && !Array.isArray(value)) || typeof value === 'function'
    const names = hasNames ? Object.keys(value ?? {}) : []
    for (const name of names) {
      const get = () => (value as Record<string, unknown>)[name]
      Object.defineProperty(this.exports, name, { enumerable: true, configurable: true, get })
    }
    Object.defineProperty(this.exports, 'default', { enumerable: true, configurable: true, value })
  }

  get #moduleExports(): unknown {
    return this.usesCommonJs ? this.commonJsModule.exports : this.exports
  }

  #settling(work: () => void | Promise<void>): void | Promise<void> {
    try {
      const pending = work()
      if (pending)
        return pending.then(
          () => this.#succeed(),
          (error) => this.#fail(error),
        )
      this.#succeed()
    } catch (error) {
      this.#fail(error)
    }
  }

  #succeed(): void {
    this.#state = 'evaluated'
    this.#pending = undefined
    if (this.#module) this.#module.loaded = true
  }

  #fail(error: unknown): never {
    // What only could not wait can still be imported.
    this.#state = error instanceof AsynchronousModule && !this.#began ? 'new' : 'failed'
    this.#error = error
    this.#waitsFor = undefined
    throw error
  }

  #leadsTo(importer: ModuleRecord): boolean {
    let target: Importable | undefined = this
    while (target instanceof ModuleRecord) {
      if (target === importer) return true
      target = target.#waitsFor
    }
    return false
  }
}

function namesOf(target: Importable): Iterable<string> {
  return target instanceof ModuleRecord ? target.names : Object.keys(target.exports)
}
