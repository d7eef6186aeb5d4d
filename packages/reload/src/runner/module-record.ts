// One module of the application, and the order of evaluation, which is that of the language.

import type { CompiledModule } from '../compile/compiled-module.ts'
import { ImportError, type SourceLocation } from '../errors.ts'
import type { GraphNode } from './module-graph.ts'

/** The target of an import: a module of the application, or one that Node loads. */
export interface Importable {
  /** The namespace. Its bindings are live; it is complete once evaluated. */
  readonly exports: object
  /** Evaluates it once. Returns a promise only if it awaits. */
  evaluate(importer?: ModuleRecord): void | Promise<void>
  /** True once the namespace has all its names. */
  readonly complete: boolean
}

/** A module of the application: its code, its bindings, and the state of its evaluation. */
export class ModuleRecord implements GraphNode, Importable {
  readonly compiled: CompiledModule
  readonly imports = new Set<string>()
  readonly exports: object = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } })
  /** The `module` of CommonJS. In TypeScript with both kinds of exports they are one object. */
  readonly commonJsModule: { exports: unknown }
  /** The static imports in source order, from the time of linking on. */
  readonly requested: Importable[] = []
  /** The targets of `export * from`. */
  readonly stars: Importable[] = []
  /** Runs the body, from the time of instantiation on. */
  run: () => void | Promise<void> = () => {}

  #state: 'new' | 'evaluating' | 'evaluated' | 'failed' = 'new'
  #error: unknown
  #pending: Promise<void> | undefined
  /** The module that it waits for at this moment. A chain of them may lead back to it. */
  #waitsFor: Importable | undefined

  constructor(compiled: CompiledModule) {
    this.compiled = compiled
    this.commonJsModule = { exports: compiled.isCommonJs ? {} : this.exports }
  }

  get complete(): boolean {
    return this.#state === 'evaluated'
  }

  /**
   * Evaluates its imports in order and then itself, synchronously as long as no module awaits. A module that waits for
   * its importer, directly or not, is not waited for: the cycle sees the bindings as they are, as the language
   * specifies, and never blocks.
   */
  evaluate(importer?: ModuleRecord): void | Promise<void> {
    switch (this.#state) {
      case 'evaluated':
        return
      case 'failed':
        throw this.#error
      case 'evaluating':
        return importer && this.#leadsTo(importer) ? undefined : this.#pending
      case 'new': {
        this.#state = 'evaluating'
        const pending = this.#settling(() => this.#evaluateFrom(0))
        if (pending) {
          this.#pending = pending
          pending.catch(() => {})
        }
        return pending
      }
    }
  }

  /**
   * Evaluates it for a `require`. Returns its `module.exports`, which is incomplete in a cycle.
   *
   * @throws ImportError if the module awaits at its top level
   */
  require(importer?: ModuleRecord): unknown {
    if (this.#state !== 'evaluating' && this.evaluate(importer)) {
      const place = importer ? ` in ${importer.compiled.file}` : ''
      throw new ImportError(
        `Cannot require ${this.compiled.file}${place}: it awaits at its top level. Use import() instead.`,
      )
    }
    return this.commonJsModule.exports
  }

  /** Adds the names of `export *` as live bindings. Returns whether one was new. */
  exportStars(): boolean {
    let found = false
    for (const target of this.stars) {
      for (const name of Object.keys(target.exports)) {
        if (name === 'default' || name in this.exports) continue
        const get = () => (target.exports as Record<string, unknown>)[name]
        Object.defineProperty(this.exports, name, { enumerable: true, configurable: true, get })
        found = true
      }
    }
    return found
  }

  #evaluateFrom(start: number): void | Promise<void> {
    for (let index = start; index < this.requested.length; index++) {
      const target = this.requested[index]!
      this.#waitsFor = target
      const pending = target.evaluate(this)
      if (pending) return pending.then(() => this.#evaluateFrom(index + 1))
    }
    this.#waitsFor = undefined
    // The names of a module that Node loads are known only now.
    this.exportStars()
    const pending = this.run()
    if (pending) return pending.then(() => this.#exportCommonJs())
    this.#exportCommonJs()
  }

  /** As in Node, `module.exports` is the default export, and its properties are named exports. */
  #exportCommonJs(): void {
    const value = this.commonJsModule.exports
    if (value === this.exports) return
    const hasNames = (typeof value === 'object' && !Array.isArray(value)) || typeof value === 'function'
    const names = hasNames ? Object.keys(value ?? {}) : []
    for (const name of names) {
      const get = () => (value as Record<string, unknown>)[name]
      Object.defineProperty(this.exports, name, { enumerable: true, configurable: true, get })
    }
    Object.defineProperty(this.exports, 'default', { enumerable: true, configurable: true, value })
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
  }

  #fail(error: unknown): never {
    this.#state = 'failed'
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

/** A module that Node loads, imported when the first module needs it. */
export class ExternalModule implements Importable {
  exports: object = {}
  #load: () => Promise<object>
  #pending: Promise<void> | undefined
  complete = false
  /** Returns the place of the import of it that was linked last. */
  importedAt: (() => SourceLocation | undefined) | undefined

  constructor(load: () => Promise<object>) {
    this.#load = load
  }

  evaluate(): void | Promise<void> {
    if (this.complete) return
    this.#pending ??= this.#load().then(
      (namespace) => {
        this.exports = namespace
        this.complete = true
      },
      (error) => {
        // The next attempt may succeed, for example because a package was installed.
        this.#pending = undefined
        // Node names a file that it refuses, but not the import of it. It throws the same error again and again.
        if (error?.code === 'ERR_UNKNOWN_FILE_EXTENSION') error.location = this.importedAt?.()
        throw error
      },
    )
    return this.#pending
  }
}
