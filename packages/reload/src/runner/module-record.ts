// One module of the running application, and the order in which modules are evaluated: that of the language.

import type { GraphNode } from './module-graph.ts'
import type { CompiledModule } from './transformer.ts'

/** What a module can import: a record of its own, or something that Node loads. */
export interface Importable {
  /** The namespace; complete once evaluated, live from the beginning. */
  readonly exports: object
  /** Evaluates it unless it is. A promise only if it has to be waited for. */
  evaluate(importer?: ModuleRecord): void | Promise<void>
  /** Whether all names of the namespace are there. */
  readonly complete: boolean
}

/** A module of the application: its code, its bindings, and how far its evaluation has come. */
export class ModuleRecord implements GraphNode, Importable {
  readonly compiled: CompiledModule
  readonly imports = new Set<string>()
  readonly exports: object = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } })
  /** What it imports statically, in source order; filled when it is linked. */
  readonly requested: Importable[] = []
  /** What it passes on with `export * from`. */
  readonly stars: Importable[] = []
  /** Runs the body; set when it is instantiated. */
  run: () => void | Promise<void> = () => {}

  #state: 'new' | 'evaluating' | 'evaluated' | 'failed' = 'new'
  #error: unknown
  #pending: Promise<void> | undefined
  /** The module it waits for at this moment: the thread that leads out of a cycle. */
  #waitsFor: Importable | undefined

  constructor(compiled: CompiledModule) {
    this.compiled = compiled
  }

  get complete(): boolean {
    return this.#state === 'evaluated'
  }

  /**
   * Evaluates what it imports, one after the other, and then itself. Stays synchronous as long as nothing in it
   * awaits. A module that (directly or not) waits for its importer is not waited for: such a cycle sees the
   * bindings as they are, as the language has it, and never locks.
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

  /** Passes on, as live bindings, what it does not export itself. Says whether a name was new. */
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
    // What Node loads has its names only now.
    this.exportStars()
    return this.run()
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

/** Something that Node loads: imported once, at the moment when the first module needs it. */
export class ExternalModule implements Importable {
  exports: object = {}
  #load: () => Promise<object>
  #pending: Promise<void> | undefined
  complete = false

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
        // It may be there the next time: a package that is installed after the error.
        this.#pending = undefined
        throw error
      },
    )
    return this.#pending
  }
}
