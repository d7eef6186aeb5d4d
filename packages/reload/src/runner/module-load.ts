// One attempt to load the next version of an application's modules.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ImportError } from '../errors.ts'
import { importLocation } from '../source-location.ts'
import { CommonJsRecord, looksLikeModule } from './commonjs-record.ts'
import { runWithin } from './evaluation-timeout.ts'
import type { GraphOverlay } from './module-graph.ts'
import { type Importable, ModuleRecord } from './module-record.ts'
import type { ModuleRunner } from './module-runner.ts'
import type { Resolution } from './resolver.ts'
import { runtimeHelpers } from './runtime-helpers.ts'
import { type CompiledModule, hashOf } from './transformer.ts'

type AnyRecord = ModuleRecord | CommonJsRecord

/** Loads into an overlay: `commit` makes it the good version, without it nothing has happened. */
export class ModuleLoad {
  readonly #runner: ModuleRunner
  readonly #overlay: GraphOverlay<AnyRecord>
  readonly #changed: ReadonlySet<string>
  readonly #committed: () => void
  readonly #linked: Array<() => ModuleRecord> = []
  #running = ''

  constructor(
    runner: ModuleRunner,
    stage: GraphOverlay<AnyRecord>,
    changed: ReadonlySet<string>,
    committed: () => void,
  ) {
    this.#runner = runner
    this.#overlay = stage
    this.#changed = changed
    this.#committed = committed
  }

  /** Loads a file and everything it imports. Nothing is evaluated unless everything compiles. */
  async run(file: string): Promise<object> {
    const record = this.#link(file, 'module')
    this.#instantiate()
    this.#running = file
    await runWithin(
      this.#runner.importTimeout,
      () => record.evaluate(),
      () => this.#running,
    )
    return record.exports
  }

  /** The files that were loaded afresh. */
  get files(): string[] {
    return this.#overlay.files()
  }

  /** Makes this the good version; what the roots no longer reach is forgotten. */
  commit(...roots: string[]): void {
    this.#overlay.commit(roots)
    this.#committed()
  }

  #link(file: string, type: 'module' | 'commonjs'): AnyRecord {
    const known = this.#overlay.get(file)
    if (known) return known
    if (type === 'commonjs') {
      const source = readFileSync(file, 'utf8')
      if (!looksLikeModule(source)) return this.#linkCommonJs(file, source)
    }
    const record = new ModuleRecord(this.#compile(file))
    this.#overlay.add(file, record)
    this.#bind(record)
    return record
  }

  #linkCommonJs(file: string, source: string): CommonJsRecord {
    const record = new CommonJsRecord(file, (part, content) =>
      this.#runner.addFile(part, { hash: hashOf(content), source: content }),
    )
    this.#overlay.add(file, record)
    this.#runner.addFile(file, { hash: hashOf(source), source })
    return record
  }

  #compile(file: string): CompiledModule {
    if (!this.#changed.has(file)) {
      const former = this.#overlay.previous(file)
      if (former instanceof ModuleRecord) return former.compiled
      const prepared = this.#runner.prepared(file)
      if (prepared) return prepared
    }
    return this.#runner.compile(file, readFileSync(file, 'utf8'))
  }

  #bind(record: ModuleRecord): void {
    const { file, imports } = record.compiled
    const targets = new Map<string, Importable>()
    for (const specifier of imports) {
      const target = this.#importable(record, specifier)
      targets.set(specifier, target)
      record.requested.push(target)
    }
    const scope = {
      exports: record.exports,
      import: (specifier: string, options?: { importedNames?: readonly string[] }) => {
        const target = targets.get(specifier)!
        if (options?.importedNames && target.complete)
          checkNames(target.exports, options.importedNames, specifier, record.compiled)
        return target.exports
      },
      dynamicImport: (specifier: unknown) => this.#dynamicImport(record, String(specifier)),
      exportAll: (from: object) =>
        record.stars.push([...targets.values()].find((target) => target.exports === from)!),
      meta: this.#importMeta(file),
      helpers: runtimeHelpers,
    }
    this.#linked.push(() => {
      const evaluate = record.compiled.instantiate(scope)
      record.run = () => {
        this.#running = file
        return evaluate()
      }
      return record
    })
  }

  /** Declares the exports of everything that was linked, then those that only pass through `export *`. */
  #instantiate(): void {
    const records = this.#linked.splice(0).map((instantiate) => instantiate())
    const passing = records.filter((record) => record.stars.length > 0)
    while (passing.some((record) => record.exportStars()));
  }

  async #dynamicImport(record: ModuleRecord, specifier: string): Promise<object> {
    // Never within the evaluation of the module that asks: it has to be over first.
    await undefined
    const target = this.#importable(record, specifier)
    this.#instantiate()
    await target.evaluate()
    return target.exports
  }

  #importable(record: ModuleRecord, specifier: string): Importable {
    const resolution = this.#resolve(specifier, record.compiled)
    if (resolution.type === 'external') return this.#runner.external(resolution.url)
    record.imports.add(resolution.file)
    return this.#link(resolution.file, resolution.type)
  }

  #resolve(specifier: string, { file, source }: CompiledModule): Resolution {
    try {
      return this.#runner.resolver.resolve(specifier, file)
    } catch (error) {
      if (!(error instanceof ImportError)) throw error
      throw error.at(importLocation(file, source, specifier))
    }
  }

  #importMeta(file: string): object {
    const resolve = (specifier: string) => {
      const resolution = this.#runner.resolver.resolve(specifier, file)
      return resolution.type === 'external' ? resolution.url : pathToFileURL(resolution.file).href
    }
    const url = pathToFileURL(file).href
    return { __proto__: null, url, filename: file, dirname: path.dirname(file), resolve } as object
  }
}

function checkNames(
  exports: object,
  names: readonly string[],
  specifier: string,
  importer: CompiledModule,
): void {
  const missing = names.find((name) => !(name in exports))
  if (missing === undefined) return
  const fromCommonJs = 'default' in exports && missing in Object(exports.default)
  const remedy = fromCommonJs
    ? `it is CommonJS: import its default and take '${missing}' from that`
    : `it exports ${Object.keys(exports).slice(0, 12).join(', ') || 'nothing'}`
  throw new ImportError(
    `'${specifier}' has no export named '${missing}', imported by ${importer.file}; ${remedy}`,
  ).at(importLocation(importer.file, importer.source, specifier))
}
