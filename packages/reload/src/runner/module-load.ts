// One attempt to load the next version of an application's modules.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CompiledModule, ModuleFormat } from '../compile/compiled-module.ts'
import type { ImportAttributes } from '../compile/import-attributes.ts'
import { ImportError } from '../errors.ts'
import type { OwnModule, Resolution, Resolver } from '../resolve/resolver.ts'
import { importLocation } from '../source-location.ts'
import { createRequireFunction } from './commonjs-require.ts'
import { runWithin } from './evaluation-timeout.ts'
import type { ExternalModule } from './external-module.ts'
import { importMeta } from './import-meta.ts'
import { checkAttributes, checkNames, notFoundForNode } from './import-problems.ts'
import type { Importable } from './importable.ts'
import type { GraphOverlay } from './module-graph.ts'
import { ModuleRecord } from './module-record.ts'
import { runtimeHelpers } from './runtime-helpers.ts'

/** The parts of a module runner that a load uses. */
export interface LoadContext {
  readonly importTimeout: number
  readonly resolver: Resolver
  readonly transformer: { readonly tsconfig: { pathsOf(specifier: string, file: string): string[] } }
  external(url: string): ExternalModule
  compile(file: string, source: string, format: ModuleFormat): CompiledModule
  checkTsconfig(file: string): void
  prepared(file: string): CompiledModule | undefined
  /** Called before linked modules are evaluated, which may block the event loop. */
  readonly onLinked: () => void
  /** The files that code outside of the graph keeps. */
  readonly pinned: ReadonlyMap<string, ModuleRecord>
}

/** @throws ImportError for a file that was removed: only an entry, or what a test of its existence has missed */
function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const { dir, name } = path.parse(file)
    throw new ImportError(`Cannot load ${file}: there is no such file. Restore it, or name another entry.`, {
      missing: [path.join(dir, name)],
    })
  }
}

/** The key of a module in the graph. No path contains the separator. */
function idOf({ file, query }: Pick<OwnModule, 'file' | 'query'>): string {
  return query === '' ? file : `${file}\0${query}`
}

/** Loads into an overlay. Nothing changes without a `commit`. */
export class ModuleLoad {
  readonly #runner: LoadContext
  readonly #overlay: GraphOverlay<ModuleRecord>
  readonly #changed: ReadonlySet<string>
  readonly #ended: (committed: boolean) => void
  readonly #linked: Array<() => ModuleRecord> = []
  /** The file whose evaluation has begun last. */
  #evaluating = ''

  constructor(
    runner: LoadContext,
    overlay: GraphOverlay<ModuleRecord>,
    changed: ReadonlySet<string>,
    ended: (committed: boolean) => void,
  ) {
    this.#runner = runner
    this.#overlay = overlay
    this.#changed = changed
    this.#ended = ended
  }

  /** Loads a file and everything it imports. Nothing is evaluated unless everything compiles. */
  async run(file: string): Promise<object> {
    const record = this.link(file)
    this.#evaluating = file
    await runWithin(
      this.#runner.importTimeout,
      () => record.evaluate(),
      () => this.#evaluating,
    )
    return record.exports
  }

  /** Compiles a file and everything it imports, and declares their exports. Nothing is evaluated. */
  link(file: string): ModuleRecord {
    const record = this.#link({ file, format: this.#runner.resolver.formatOf(file), query: '' })
    this.#instantiate()
    return record
  }

  /** The files that were loaded. */
  get files(): string[] {
    return this.#overlay.files()
  }

  /** Makes this the last good version. Modules that neither the roots nor pinned files reach are dropped. */
  commit(...roots: string[]): void {
    this.#overlay.commit([...roots, ...this.#runner.pinned.keys()])
    this.#ended(true)
  }

  /** Ends a load that failed. */
  discard(): void {
    this.#ended(false)
  }

  #link(target: Omit<OwnModule, 'type'>): ModuleRecord {
    const id = idOf(target)
    const known = this.#overlay.get(id)
    if (known) return known
    const record = new ModuleRecord(this.#compile(target), target.query)
    this.#overlay.add(id, record)
    this.#bind(record)
    return record
  }

  #compile({ file, format, query }: Omit<OwnModule, 'type'>): CompiledModule {
    if (!file.endsWith('.json')) this.#runner.checkTsconfig(file)
    // A query may ask for what has been written since, as in Node.
    if (!this.#changed.has(file) && query === '') {
      const compiled = this.#overlay.previous(file)?.compiled ?? this.#runner.prepared(file)
      if (compiled) return compiled
    }
    return this.#runner.compile(file, readSource(file), format)
  }

  #bind(record: ModuleRecord): void {
    const { compiled } = record
    const targets = new Map<string, Importable>()
    for (const specifier of compiled.imports) {
      const target = this.#importable(record, specifier, compiled.attributes.get(specifier))
      if (!(target instanceof ModuleRecord))
        target.importedAt = () => importLocation(compiled.file, compiled.source, specifier)
      targets.set(specifier, target)
      record.requested.push(target)
    }
    const requireOf = () =>
      createRequireFunction(record.commonJsModule, this.#runner.resolver, {
        load: (resolution) => this.#require(record, resolution),
        main: () => this.#mainModule(record),
      })
    const scope = {
      exports: record.declared,
      import: (specifier: string, options?: { importedNames?: readonly string[] }) => {
        const target = targets.get(specifier)!
        if (options?.importedNames && target.complete)
          checkNames(target, options.importedNames, specifier, compiled)
        return target.exports
      },
      dynamicImport: (specifier: unknown, options?: { readonly with?: ImportAttributes }) =>
        this.#dynamicImport(record, String(specifier), options?.with),
      exportAll: (from: object) =>
        record.stars.push([...targets.values()].find((target) => target.exports === from)!),
      meta: importMeta(compiled.file, record.query, this.#runner.resolver),
      helpers: runtimeHelpers,
      // Few modules are CommonJS.
      get commonjs() {
        return { module: record.commonJsModule, require: requireOf() }
      },
    }
    this.#linked.push(() => {
      const evaluate = compiled.instantiate(scope)
      record.run = () => {
        this.#evaluating = compiled.file
        return evaluate()
      }
      return record
    })
  }

  /** Declares the exports of everything that was linked, and then those that only pass through `export *`. */
  #instantiate(): void {
    const records = this.#linked.splice(0).map((instantiate) => instantiate())
    const passing = records.filter((record) => record.stars.length > 0)
    while (passing.some((record) => record.exportStars()));
    while (passing.some((record) => record.dropConflicts()));
    for (const record of records) record.publish()
    this.#runner.onLinked()
  }

  async #dynamicImport(
    record: ModuleRecord,
    specifier: string,
    attributes: ImportAttributes | undefined,
  ): Promise<object> {
    // The evaluation of the importing module ends first.
    await undefined
    let target: Importable
    try {
      target = this.#importable(record, specifier, attributes)
    } catch (error) {
      throw notFoundForNode(error)
    }
    this.#instantiate()
    await target.evaluate()
    return target.exports
  }

  /** The `module` of the entry, as far as it has one: `require.main === module` in it. */
  #mainModule(record: ModuleRecord): NodeJS.Module | undefined {
    const main = process.argv[1]!
    const entry = record.file === main ? record : this.#overlay.get(main)
    return entry?.usesCommonJs ? entry.commonJsModule : undefined
  }

  /** Loads a module of the application for a `require`, which cannot wait. */
  #require(record: ModuleRecord, resolution: OwnModule): unknown {
    const target = this.#own(record, resolution)
    this.#instantiate()
    return target.require(record)
  }

  #importable(
    record: ModuleRecord,
    specifier: string,
    attributes: ImportAttributes | undefined,
  ): ModuleRecord | ExternalModule {
    const resolution = this.#resolve(specifier, record.compiled)
    if (attributes) checkAttributes(attributes, specifier, resolution, record.compiled)
    if (resolution.type === 'external') return this.#runner.external(resolution.url)
    return this.#own(record, resolution)
  }

  #own(record: ModuleRecord, resolution: OwnModule): ModuleRecord {
    record.imports.add(idOf(resolution))
    return this.#link(resolution)
  }

  #resolve(specifier: string, { file, source }: CompiledModule): Resolution {
    const { resolver, transformer } = this.#runner
    try {
      return resolver.resolve(specifier, file)
    } catch (error) {
      if (!(error instanceof ImportError)) throw error
      // The resolver ignores the `paths` of a solution with a reference that it cannot read.
      const paths = transformer.tsconfig.pathsOf(specifier, file)
      for (const candidate of paths) {
        const resolution = resolver.find(candidate, file)
        if (resolution) return resolution
      }
      error.location = importLocation(file, source, specifier)
      error.missing = [...error.missing, ...paths]
      throw error
    }
  }
}
