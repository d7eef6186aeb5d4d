// Runs the application's own modules, of which a part can be replaced.

import type { CompiledModule, ModuleFormat } from '../compile/compiled-module.ts'
import { Transformer } from '../compile/transformer.ts'
import { contentHash } from '../content-hash.ts'
import { Resolver } from '../resolve/resolver.ts'
import { isJsonUrl } from '../resolve/specifier.ts'
import { ExternalModule } from './external-module.ts'
import { ModuleGraph } from './module-graph.ts'
import { ModuleLoad } from './module-load.ts'
import type { ModuleRecord } from './module-record.ts'

/** Options of a {@link ModuleRunner}. */
export interface ModuleRunnerOptions {
  /** The export conditions beside `node` and `import`. Default: the `--conditions` of this process. */
  readonly conditions?: readonly string[]
  /** The time that modules may run without a pause when a part is replaced, in ms; 0 sets no limit. Default: 2000. */
  readonly importTimeout?: number
  /** The tsconfig file for all sources. Default: the nearest one of each directory. */
  readonly tsconfig?: string | undefined
  /** Receives each file that is read, also long after a load, by an `import()` in a handler. */
  readonly onFile?: (file: string, content: Pick<CompiledModule, 'hash' | 'source'>) => void
  /** Called before modules that were read are evaluated, which may block the event loop. */
  readonly onLinked?: () => void
}

/** The versions of a file of which stack frames are mapped. Older ones no longer run. */
const KEPT_VERSIONS = 4

/** The URL of this module, from which the modules that Node loads are imported. */
export const runnerUrl = import.meta.url

/** The modules of an application in one process. */
export class ModuleRunner {
  readonly transformer = new Transformer()
  readonly resolver: Resolver
  importTimeout: number
  /** Receives the source of each module before it is evaluated. */
  onSource: (source: string) => void = () => {}
  /** The modules that code outside of the graph keeps until the process ends, for example the cache of Node. */
  readonly pinned = new Map<string, ModuleRecord>()
  readonly #graph = new ModuleGraph<ModuleRecord>()
  readonly #externals = new Map<string, ExternalModule>()
  /** The compiled versions of each file, the latest one first. */
  readonly #versions = new Map<string, CompiledModule[]>()
  readonly #prepared = new Map<string, CompiledModule>()
  readonly onLinked: () => void
  readonly #onFile: NonNullable<ModuleRunnerOptions['onFile']>
  /** The load that serves requests from outside of the graph: the one under way, or else the last good one. */
  #load: ModuleLoad | undefined
  #lastGoodLoad: ModuleLoad | undefined

  constructor(options: ModuleRunnerOptions = {}) {
    this.resolver = new Resolver(options.conditions)
    this.importTimeout = options.importTimeout ?? 2000
    this.onLinked = options.onLinked ?? (() => {})
    this.#onFile = options.onFile ?? (() => {})
    this.useTsconfig(options.tsconfig)
  }

  /** Begins a load in which the given files and everything that imports them are new. */
  beginLoad(changed: Iterable<string> = []): ModuleLoad {
    return this.#begin(changed, new Set(changed))
  }

  /** Begins a load in which every module is evaluated again, without being read and compiled again. */
  beginAgain(): ModuleLoad {
    return this.#begin(this.files, new Set())
  }

  #begin(absent: Iterable<string>, changed: ReadonlySet<string>): ModuleLoad {
    const load: ModuleLoad = new ModuleLoad(this, this.#graph.overlay(absent), changed, (committed) => {
      if (committed) {
        this.#prepared.clear()
        this.#lastGoodLoad = load
      }
      if (this.#load === load) this.#load = this.#lastGoodLoad
    })
    this.#load = load
    return load
  }

  /** Returns the module of a file for code outside of the graph, which keeps it. It is linked, not evaluated. */
  pin(file: string): ModuleRecord {
    this.#load ??= this.beginLoad()
    const record = this.#load.link(file)
    this.pinned.set(file, record)
    return record
  }

  /** Returns the `module.exports` of a file for a `require` outside of the graph. */
  require(file: string): unknown {
    return this.pin(file).require()
  }

  /**
   * Reports whether the files can be replaced in this process: not if a pinned module would have a second instance, nor if
   * one of them is a symbolic link that an import leads through, which no module of the graph tells.
   */
  canReplace(files: Iterable<string>): boolean {
    const changed = [...files]
    const links = new Map(this.resolver.links)
    if (changed.some((file) => links.has(file))) return false
    if (this.pinned.size === 0) return true
    const affected = this.#graph.affectedBy(changed)
    return [...this.pinned].every(([file, record]) => !affected.has(file) && this.#graph.get(file) === record)
  }

  /** Reports whether the last good version has the file with this content. */
  serves(file: string, hash: string): boolean {
    const isServed = ({ compiled }: ModuleRecord) => compiled.hash === hash
    const main = this.#graph.get(file)
    return (main !== undefined && isServed(main)) || this.#graph.instances(file).some(isServed)
  }

  /** The files of the last good version. */
  get files(): readonly string[] {
    return this.#graph.files()
  }

  /** The URLs of the modules that Node has loaded for the application. */
  get externals(): readonly string[] {
    return [...this.#externals.keys()]
  }

  /** The tsconfig and package.json files that were read. */
  get configs(): readonly string[] {
    return [...this.transformer.tsconfig.files, ...this.resolver.packages]
  }

  /** The symbolic links that imports lead through, with the targets that they had. */
  get links(): ReadonlyArray<readonly [link: string, target: string]> {
    return this.resolver.links
  }

  /** Uses one tsconfig file for all sources; undefined uses the nearest one of each directory. */
  useTsconfig(file: string | undefined): void {
    this.transformer.tsconfig.use(file)
    this.resolver.useTsconfig(file)
  }

  /** Returns a module that Node loads, once per process. */
  external(url: string): ExternalModule {
    const known = this.#externals.get(url)
    if (known) return known
    // As in a file of the application, the attribute of JSON may be left out.
    const load = isJsonUrl(url) ? () => import(url, { with: { type: 'json' } }) : () => import(url)
    const module = new ExternalModule(url, load)
    this.#externals.set(url, module)
    return module
  }

  /** @throws TsconfigError if the tsconfig file that applies to a file cannot be read */
  checkTsconfig(file: string): void {
    // Reported first: the broken file has to be watched, too.
    this.transformer.tsconfig.optionsFor(file)
    this.resolver.checkTsconfig(file)
  }

  compile(file: string, source: string, format: ModuleFormat): CompiledModule {
    // Reported first: a file that does not compile has to be watched, too.
    this.#onFile(file, { hash: contentHash(source), source })
    this.onSource(source)
    const compiled = this.transformer.compile(file, source, format)
    this.#keep(compiled)
    return compiled
  }

  /** Compiles a file before the first load, which uses this version without reading the file. */
  prepare(file: string, source: string): void {
    this.onSource(source)
    this.#prepared.set(file, this.transformer.compile(file, source, this.resolver.formatOf(file)))
  }

  /** Returns the version of a file that was prepared. */
  prepared(file: string): CompiledModule | undefined {
    const compiled = this.#prepared.get(file)
    if (compiled) this.#keep(compiled)
    return compiled
  }

  /** Returns the latest compiled version of a file, or the one with this script. */
  compiled(file: string, hasScript: (script: string) => boolean = () => true): CompiledModule | undefined {
    const versions = this.#versions.get(file)
    return versions?.find(({ script }) => hasScript(script)) ?? versions?.[0]
  }

  /** Forgets resolved paths, because files were created or removed. */
  forgetPaths(): void {
    this.resolver.clear()
  }

  #keep(compiled: CompiledModule): void {
    const versions = this.#versions.get(compiled.file) ?? []
    const others = versions.filter((version) => version.hash !== compiled.hash)
    this.#versions.set(compiled.file, [compiled, ...others].slice(0, KEPT_VERSIONS))
  }
}
