// Runs the application's own modules, so that a part of them can be replaced while the rest goes on.

import type { CommonJsRecord } from './commonjs-record.ts'
import { ModuleGraph } from './module-graph.ts'
import { ModuleLoad } from './module-load.ts'
import { ExternalModule, type ModuleRecord } from './module-record.ts'
import { Resolver } from './resolver.ts'
import { type CompiledModule, hashOf, Transformer } from './transformer.ts'

/** Options of a {@link ModuleRunner}. */
export interface RunnerOptions {
  /** The export conditions beside `node` and `import`. Default: the `--conditions` of this process. */
  readonly conditions?: readonly string[]
  /** How long modules may run without a pause when a part is replaced, in ms; 0 is forever. Default: 2000. */
  readonly importTimeout?: number
  /** Called for each file that is read, also long after a load (an `import()` in a handler). */
  readonly onFile?: (file: string, compiled: Pick<CompiledModule, 'hash' | 'source'>) => void
}

/** The modules of one application in one process. */
export class ModuleRunner {
  readonly transformer = new Transformer()
  readonly resolver: Resolver
  readonly importTimeout: number
  readonly #graph = new ModuleGraph<ModuleRecord | CommonJsRecord>()
  readonly #externals = new Map<string, ExternalModule>()
  readonly #compiled = new Map<string, CompiledModule>()
  readonly #prepared = new Map<string, CompiledModule>()
  readonly #onFile: NonNullable<RunnerOptions['onFile']>

  constructor(options: RunnerOptions = {}) {
    this.resolver = new Resolver(options.conditions)
    this.importTimeout = options.importTimeout ?? 2000
    this.#onFile = options.onFile ?? (() => {})
  }

  /** Opens a load in which the given files and everything that imports them are new. The rest is left alone. */
  beginLoad(changed: Iterable<string> = []): ModuleLoad {
    return new ModuleLoad(this, this.#graph.overlay(changed), new Set(changed), () => this.#prepared.clear())
  }

  /** The files of the good version. */
  get files(): readonly string[] {
    return this.#graph.files()
  }

  /** What Node has loaded for the application. */
  get externals(): readonly string[] {
    return [...this.#externals.keys()]
  }

  /** A module that Node loads, once a process. */
  external(url: string): ExternalModule {
    const known = this.#externals.get(url)
    if (known) return known
    const module = new ExternalModule(() => import(url))
    this.#externals.set(url, module)
    return module
  }

  /** Compiles a file. */
  compile(file: string, source: string): CompiledModule {
    // Told before it compiles: one that does not has to be watched all the more.
    this.#onFile(file, { hash: hashOf(source), source })
    const compiled = this.transformer.compile(file, source)
    this.#compiled.set(file, compiled)
    return compiled
  }

  /** Tells of a file that is part of the application without being compiled here. */
  addFile(file: string, content: Pick<CompiledModule, 'hash' | 'source'>): void {
    this.#onFile(file, content)
  }

  /** Compiles a file ahead of the first load, which then uses this version of it and reads nothing. */
  prepare(file: string, source: string): void {
    this.#prepared.set(file, this.transformer.compile(file, source))
  }

  /** The version of a file that was prepared. */
  prepared(file: string): CompiledModule | undefined {
    const compiled = this.#prepared.get(file)
    if (compiled) this.#compiled.set(file, compiled)
    return compiled
  }

  /** What was compiled last under this name, for stack traces. */
  compiled(file: string): CompiledModule | undefined {
    return this.#compiled.get(file)
  }

  /** Forgets what was resolved: files came or went. */
  forgetPaths(): void {
    this.resolver.clear()
  }
}
