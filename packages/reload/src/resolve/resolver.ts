// Resolves imports: to the application's own files, or to modules that Node loads.

import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NapiResolveOptions, ResolveResult, ResolverFactory } from 'oxc-resolver'
import type { ModuleFormat } from '../compile/compiled-module.ts'
import { TsconfigError } from '../errors.ts'
import { importNotFound } from './import-not-found.ts'
import { targetFile } from './package-target.ts'
import {
  type FileOptions,
  formatOf,
  isJavaScript,
  isOwnCode,
  javascript,
  literalFile,
  MODULE_EXTENSION,
  markedFile,
  NODE_MODULES,
  typescript,
} from './source-file.ts'
import { isPath, parseSpecifier } from './specifier.ts'

/** A module of the application. */
export interface OwnModule {
  readonly type: 'module'
  readonly file: string
  readonly format: ModuleFormat
  /** The query and the fragment of the import, which make a separate instance. Empty for most. */
  readonly query: string
}

/** The target of an import. */
export type Resolution =
  | OwnModule
  /** A dependency or a built-in module, which Node loads once per process. */
  | { readonly type: 'external'; readonly url: string }

/** The kind of an import, on which the conditions of a package's exports depend. */
export type ImportKind = 'import' | 'require'

// An import of the package looks for the exports of every platform's binding. A require loads the one that is there.
const oxc: typeof import('oxc-resolver') = createRequire(import.meta.url)('oxc-resolver')

type TsconfigOption = NapiResolveOptions['tsconfig']

/** A factory keeps megabytes of caches, so that each is created when it is needed. */
type Factories = Readonly<Record<ImportKind, () => ResolverFactory>>

/**
 * Resolves as Node does, and in addition as TypeScript does: `paths`, missing extensions, and `.js` for a `.ts` file.
 */
export class Resolver {
  readonly #conditions: readonly string[]
  readonly #known = new Map<string, Resolution>()
  /** The symbolic links that imports have led through, with their targets. */
  readonly #links = new Map<string, string>()
  readonly #externals = new Set<string>()
  /** The package.json files by the path at which an import found them, which may be that of a symbolic link. */
  readonly #packages = new Map<string, string>()
  readonly #created: ResolverFactory[] = []
  #factories: Factories
  /** Resolvers that ignore tsconfig files. */
  readonly #plain: Factories
  /** Resolvers that know nothing of TypeScript. */
  readonly #native: Factories
  /** The directories whose tsconfig file can be parsed. */
  readonly #checked = new Set<string>()
  #tsconfig: string | undefined

  constructor(conditions: readonly string[] = customConditions()) {
    this.#conditions = conditions
    this.#factories = this.#createFactories('auto')
    this.#plain = this.#createFactories(undefined)
    this.#native = this.#createFactories(undefined, javascript)
  }

  /** The symbolic links that relative imports lead through, with the targets that they had. */
  get links(): ReadonlyArray<readonly [link: string, target: string]> {
    return [...this.#links]
  }

  /** The package.json files of the application's modules: its own, and those of packages that are used as sources. */
  get packages(): readonly string[] {
    return [...this.#packages.values()]
  }

  /** Reports whether an import of a package has led to this file, which belongs to Node wherever it lies. */
  isExternal(file: string): boolean {
    return this.#externals.has(file)
  }

  /** Takes `paths` from one tsconfig file; undefined takes them from the nearest one of each importer. */
  useTsconfig(file: string | undefined): void {
    if (file === this.#tsconfig) return
    this.#tsconfig = file
    this.#factories = this.#createFactories(
      file === undefined ? 'auto' : { configFile: file, references: 'auto' },
    )
    this.#known.clear()
    this.#checked.clear()
  }

  /** @throws ImportError without a location, which the caller adds */
  resolve(specifier: string, importer: string, kind: ImportKind = 'import'): Resolution {
    const key = `${kind}\0${isJavaScript(importer)}\0${path.dirname(importer)}\0${specifier}`
    const known = this.#known.get(key)
    if (known) return known
    const resolution = this.#resolve(specifier, importer, kind)
    this.#known.set(key, resolution)
    return resolution
  }

  /** Returns undefined for an import that is not found. */
  find(specifier: string, importer: string, kind: ImportKind = 'import'): Resolution | undefined {
    try {
      return this.resolve(specifier, importer, kind)
    } catch {
      return undefined
    }
  }

  /** Returns the file to which Node resolves the specifier of a package by an import, whether it exists or not. */
  targetOf(specifier: string, importer: string): string | undefined {
    return targetFile(specifier, path.dirname(importer), this.#conditionsOf('import'))
  }

  /** Returns the format of a file by its name and its package. */
  formatOf(file: string): ModuleFormat {
    const { moduleType, packageJsonPath } = file.includes('?')
      ? this.#packageOf(file)
      : this.#factories.import().resolveFileSync(file, file)
    this.#addPackage(packageJsonPath)
    return formatOf(file, moduleType)
  }

  /** @throws TsconfigError if the tsconfig file that applies to a file cannot be parsed, also if the file imports nothing */
  checkTsconfig(file: string): void {
    const directory = path.dirname(file)
    if (this.#checked.has(directory) || file.includes('?')) return
    refuseBrokenTsconfig(this.#factories.import().resolveFileSync(file, file), file)
    this.#checked.add(directory)
  }

  /** Forgets all paths, because files were created, removed or moved, or a tsconfig file was written. */
  clear(): void {
    this.#known.clear()
    this.#checked.clear()
    this.#links.clear()
    for (const factory of this.#created) factory.clearCache()
  }

  #resolve(specifier: string, importer: string, kind: ImportKind): Resolution {
    if (/^(node|data|https?):/.test(specifier)) return { type: 'external', url: specifier }
    // That of a `require` is a path.
    const { request, query } =
      kind === 'import' ? parseSpecifier(specifier) : { request: specifier, query: '' }
    const marked = isPath(request) && request.includes('?') ? markedFile(request, importer) : undefined
    if (marked !== undefined) return { type: 'module', file: marked, format: this.formatOf(marked), query }
    const factory = this.#factories[kind]()
    let result = factory.resolveFileSync(importer, request)
    if (!result.path && !result.builtin) {
      // The file may have been created since it was missed.
      factory.clearCache()
      result = factory.resolveFileSync(importer, request)
    }
    refuseBrokenTsconfig(result, importer)
    // TypeScript only reports a reference that leads nowhere, and compiles everything else.
    if (result.error?.startsWith('Tsconfig not found'))
      result = this.#plain[kind]().resolveFileSync(importer, request)
    // A package may contain its sources beside what they were compiled to, which is what Node loads.
    if (!isPath(request) && result.path?.includes(NODE_MODULES) && !isJavaScript(result.path)) {
      const native = this.#native[kind]().resolveFileSync(importer, request)
      if (native.path) result = native
    }
    const { builtin, moduleType } = result
    if (builtin) return { type: 'external', url: builtin.resolved }
    if (!result.path) throw importNotFound(specifier, importer, result.error)
    const file = literalFile(request, importer) ?? result.path
    // Node refuses a file of another kind by its name, unless a loader of the application knows it.
    if (!isOwnCode(specifier, file) || (kind === 'import' && !MODULE_EXTENSION.test(file))) {
      this.#externals.add(file)
      return { type: 'external', url: pathToFileURL(file).href + query }
    }
    this.#addPackage(result.packageJsonPath)
    if (isPath(request)) this.#findLinks(path.resolve(path.dirname(importer), request), file)
    return { type: 'module', file, format: formatOf(file, moduleType), query }
  }

  /** Finds the package.json of a file whose path has a question mark. */
  #packageOf(file: string): Pick<ResolveResult, 'moduleType' | 'packageJsonPath'> {
    for (let at = file; at !== path.dirname(at); at = path.dirname(at)) {
      const found = this.#factories.import().resolveFileSync(at, './package.json')
      if (found.path) return found
    }
    return {}
  }

  #addPackage(file: string | undefined): void {
    if (file !== undefined && !this.#packages.has(file)) this.#packages.set(file, realpathSync(file))
  }

  /** A path that differs from the file leads through a symbolic link, or leaves out an extension or `index`. */
  #findLinks(literal: string, file: string): void {
    const { dir, name } = path.parse(literal)
    if (file.startsWith(path.join(dir, name))) return
    for (let link = literal; link !== path.dirname(link); link = path.dirname(link)) {
      if (!this.#links.has(link) && lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink())
        this.#links.set(link, readlinkSync(link))
    }
  }

  #conditionsOf(kind: ImportKind): string[] {
    return [...this.#conditions, 'node', kind, 'module-sync', 'default']
  }

  #createFactories(tsconfig: TsconfigOption, files: FileOptions = typescript): Factories {
    const create = (kind: ImportKind) => {
      const factory = new oxc.ResolverFactory({
        ...(tsconfig !== undefined && { tsconfig }),
        conditionNames: this.#conditionsOf(kind),
        ...files,
        builtinModules: true,
        moduleType: true,
      })
      this.#created.push(factory)
      return factory
    }
    return { import: once(() => create('import')), require: once(() => create('require')) }
  }
}

function once<T>(create: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= create()
    return value
  }
}

/** Returns the `--conditions` of this process. */
export function customConditions(
  args: readonly string[] = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)],
): string[] {
  const conditions: string[] = []
  for (const [index, arg] of args.entries()) {
    const inline = /^(?:--conditions|-C)=(.+)$/.exec(arg)
    if (inline) conditions.push(inline[1]!)
    else if (arg === '--conditions' || arg === '-C') conditions.push(args[index + 1] ?? '')
  }
  return conditions.filter(Boolean)
}

/** @throws TsconfigError */
function refuseBrokenTsconfig({ error }: ResolveResult, file: string): void {
  if (error?.startsWith('Failed to load tsconfig')) throw new TsconfigError(file, jsonReason(error))
}

/** Returns the place and the reason of an error of the resolver, which it prints as its own structure. */
function jsonReason(error: string): string {
  const [, file, reason, line, column] =
    /JSONError \{ path: "(.*?)", message: "(.*?)(?: at line \d+ column \d+)?", line: (\d+), column: (\d+)/.exec(
      error,
    ) ?? []
  return file === undefined ? error : `${file}:${line}:${column}: ${reason}`
}
