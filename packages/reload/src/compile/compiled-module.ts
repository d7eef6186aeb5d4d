// The result of a compilation: a module that can be instantiated any number of times.

import type { ImportAttributes } from './import-attributes.ts'

/** The bindings of a module's function, which stand for `import`, `export *`, `import()` and `import.meta`. */
export interface ModuleScope {
  readonly exports: object
  /** Returns the namespace of an import. It is called again with names when the import has been evaluated. */
  import(specifier: string, options?: { importedNames?: readonly string[] }): object
  dynamicImport(specifier: unknown, options?: { readonly with?: ImportAttributes }): Promise<object>
  exportAll(from: object): void
  readonly meta: object
  readonly helpers: object
  /** The bindings of CommonJS. */
  readonly commonjs: CommonJsScope
}

/** The bindings of CommonJS: `require`, `module`, and by that `exports`. */
export interface CommonJsScope {
  readonly require: (specifier: string) => unknown
  readonly module: { exports: unknown }
}

/** A module that is ready to be evaluated. */
export interface CompiledModule {
  readonly file: string
  readonly hash: string
  readonly source: string
  /** The script that runs, by which stack frames of different versions of a file are distinguished. */
  readonly script: string
  /** The specifiers of the static imports and re-exports, in the order of their evaluation. */
  readonly imports: readonly string[]
  /** The attributes of those specifiers that have some. */
  readonly attributes: ReadonlyMap<string, ImportAttributes>
  /** True for CommonJS, without any syntax of ECMAScript modules. */
  readonly isCommonJs: boolean
  /**
   * Declares the exports and hoists the functions, so that a cycle can see them. The returned function runs the module.
   * It returns a promise only if the module awaits at its top level.
   */
  instantiate(scope: ModuleScope): () => void | Promise<void>
  /** Returns the source map of the script; undefined if the script is the source. */
  sourceMap(): RawSourceMap | undefined
}

/** A source map as tools exchange it. */
export interface RawSourceMap {
  readonly version: 3
  readonly mappings: string
  readonly names: string[]
  readonly sources: string[]
  readonly sourcesContent?: string[] | undefined
}

/** The kind of a module as its name and its package declare it. `undeclared` is decided by the content. */
export type ModuleFormat = 'module' | 'commonjs' | 'undeclared'
