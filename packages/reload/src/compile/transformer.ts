// Compiles source text into modules. It knows nothing of other modules.

import { createRequire } from 'node:module'
import path from 'node:path'
import { moduleRunnerTransformSync, type TransformOptions, transformSync } from 'oxc-transform'
import { contentHash } from '../content-hash.ts'
import { SourceSyntaxError } from '../errors.ts'
import { locationAt } from '../source-location.ts'
import type { CompiledModule, ModuleFormat, RawSourceMap } from './compiled-module.ts'
import { COMMENTS, completeStatements } from './complete-statements.ts'
import { type ImportAttributes, importAttributes } from './import-attributes.ts'
import { compileJson } from './json-module.ts'
import {
  isAtDecorator,
  lowerByTypeScript,
  mergesNamespaces,
  missingCompiler,
  NULL_FRAGMENTS,
  syntaxAt,
} from './lower-by-typescript.ts'
import {
  compileCommonJs,
  compileModuleScript,
  DYNAMIC_IMPORT,
  inTwoPhases,
  moduleScript,
  WRAPPER_LINES,
} from './module-script.ts'
import { syntaxErrorAt } from './syntax-error.ts'
import { TsconfigCache } from './tsconfig.ts'

/** JavaScript with the source maps that lead back to the source. */
interface JavaScript {
  readonly code: string
  /** Compiles again to obtain the source maps, which are rarely needed: that of the last step first. */
  readonly maps?: () => object[]
}

/** The code of a module script before it is wrapped. */
interface ModuleCode extends JavaScript {
  readonly maps: () => object[]
  readonly imports: readonly string[]
  readonly attributes: ReadonlyMap<string, ImportAttributes>
}

type Remapping = typeof import('@jridgewell/remapping').default

/** The part of oxc's errors that is used. */
interface OxcError {
  readonly message: string
  readonly labels: ReadonlyArray<{ readonly start: number }>
}

/** Compiles modules. It keeps no module, only the content of tsconfig files. */
export class Transformer {
  readonly tsconfig = new TsconfigCache()
  /** Makes scripts carry their source map, for a debugger. */
  inlineMaps = false

  /**
   * Compiles TypeScript, JavaScript, JSX or JSON.
   *
   * @throws SourceSyntaxError for syntax that does not parse, or that this Node does not support
   */
  compile(file: string, source: string, format: ModuleFormat = 'module'): CompiledModule {
    if (file.endsWith('.json')) return compileJson(file, source)
    const commonJs = format === 'module' ? undefined : this.#compileCommonJs(file, source, format)
    return commonJs ?? this.#compileModule(file, source, format)
  }

  /** Returns undefined for a file with the syntax of ECMAScript modules. */
  #compileCommonJs(file: string, source: string, format: ModuleFormat): CompiledModule | undefined {
    const isPlain = /\.c?js$/.test(file)
    const plain = isPlain ? { code: withoutHashbang(source) } : this.#erase(file, source, format)
    const compile = ({ code, maps }: JavaScript): CompiledModule => {
      const sourceMap = maps ? () => mergedMap(file, source, maps(), 0) : () => undefined
      const script = this.#withMap(code, source, sourceMap)
      const instantiate = compileCommonJs(file, script)
      const linking = { imports: [], attributes: new Map(), isCommonJs: true }
      return { ...identityOf(file, source), ...linking, script, instantiate, sourceMap }
    }
    try {
      const compiled = compile(plain)
      const imported = withDynamicImports(file, plain)
      return imported ? compile(imported) : compiled
    } catch (error) {
      const isDeclared = file.endsWith('.cjs')
      if (isDeclared) throw syntaxErrorAt(error as SyntaxError, file, source, undefined) ?? error
      return undefined
    }
  }

  #compileModule(file: string, source: string, format: ModuleFormat): CompiledModule {
    const hasCommonJsScope = isTypeScript(file) && (format !== 'module' || usesImportRequire(source))
    const compile = ({ code, imports, attributes, maps }: ModuleCode): CompiledModule => {
      const sourceMap = () => mergedMap(file, source, maps(), WRAPPER_LINES)
      const script = this.#withMap(moduleScript(code, hasCommonJsScope), source, sourceMap)
      try {
        const instantiate = compileModuleScript(file, script, hasCommonJsScope)
        const linking = { imports, attributes, isCommonJs: false }
        return { ...identityOf(file, source), ...linking, script, instantiate, sourceMap }
      } catch (error) {
        throw syntaxErrorAt(error as SyntaxError, file, source, sourceMap()) ?? error
      }
    }
    // An error of the parser is final. What the parser accepts and V8 rejects may be a decorator.
    const module = forModuleRunner(file, source, this.#erase(file, source, format))
    try {
      return compile(module)
    } catch (error) {
      if (!(error instanceof SourceSyntaxError) || !isAtDecorator(error)) throw error
      const lowered = this.#lower(file, source)
      if (!lowered) throw missingCompiler(error, syntaxAt(error))
      return compile(forModuleRunner(file, source, lowered))
    }
  }

  /** Removes types and lowers syntax by the TypeScript compiler of the project; undefined if it has none. */
  #lower(file: string, source: string): JavaScript | undefined {
    const lowered = lowerByTypeScript(file, source, this.tsconfig.compilerOptionsFor(file))
    return lowered && { code: lowered.code, maps: () => [lowered.map] }
  }

  /** Removes types and lowers syntax by oxc. */
  #erase(file: string, source: string, format: ModuleFormat): JavaScript {
    const options: TransformOptions = {
      ...this.tsconfig.optionsFor(file),
      lang: languageOf(file),
      sourceType: format === 'commonjs' ? 'commonjs' : 'module',
    }
    if (options.lang?.endsWith('x') && this.#hasNullFragments(file, source))
      return this.#lower(file, source) ?? refuseNullFragments(file, source)
    const text = withoutHashbang(source)
    const { code, errors } = transformSync(file, text, options)
    // A package of CommonJS says nothing against `import.meta` in its TypeScript.
    if (format === 'commonjs' && errors[0]?.message.includes('import.meta'))
      return this.#erase(file, source, 'module')
    if (isTypeScript(file) && (isAtNamespace(errors) || mergesNamespaces(source))) {
      const lowered = this.#lower(file, source)
      if (lowered) return lowered
      // Without names from another block, merged namespaces work.
      if (isAtNamespace(errors))
        throw missingCompiler(errorOf(errors, file, source), "'export let' in a namespace")
    }
    throwFirst(errors, file, source)
    return { code, maps: () => [transformSync(file, text, { ...options, sourcemap: true }).map!] }
  }

  /** Reports whether fragments are `null`, for which oxc takes React's. */
  #hasNullFragments(file: string, source: string): boolean {
    const { jsx, jsxFragmentFactory } = this.tsconfig.compilerOptionsFor(file)
    return jsx === 'react' && jsxFragmentFactory === 'null' && source.includes('<>')
  }

  /** Adds the map for a debugger, or else the hash: scripts of sources that differ only in comments must differ, too. */
  #withMap(script: string, source: string, sourceMap: () => RawSourceMap | undefined): string {
    const map = this.inlineMaps ? sourceMap() : undefined
    if (map === undefined) return `${script}\n// ${contentHash(source)}`
    const encoded = Buffer.from(JSON.stringify(map)).toString('base64')
    return `${script}\n//# sourceMappingURL=data:application/json;base64,${encoded}`
  }
}

/**
 * Turns each `import()` of CommonJS into a call of the module runner. Returns undefined if there is none, or if the
 * transform does not parse the code.
 */
function withDynamicImports(file: string, plain: JavaScript): JavaScript | undefined {
  if (!/\bimport\b/.test(plain.code)) return undefined
  const { code, errors } = moduleRunnerTransformSync(`${file}.cjs`, plain.code, {})
  if (errors.length > 0 || !code.includes(DYNAMIC_IMPORT)) return undefined
  const map = () => moduleRunnerTransformSync(`${file}.cjs`, plain.code, { sourcemap: true }).map!
  return { code, maps: () => [map(), ...(plain.maps?.() ?? [])] }
}

/** Turns imports and exports into calls of the module runner. */
function forModuleRunner(file: string, source: string, erased: JavaScript): ModuleCode {
  const name = `${file}.mjs`
  const complete = completeStatements(erased.code, (text) => moduleRunnerTransformSync(name, text, {}).code)
  const { code, errors } = moduleRunnerTransformSync(name, complete, {})
  throwFirst(errors, file, source)
  refuseImportPhase(file, source, erased.code, code)
  const maps = () => [
    moduleRunnerTransformSync(name, complete, { sourcemap: true }).map!,
    ...(erased.maps?.() ?? []),
  ]
  return { ...inTwoPhases(code), attributes: importAttributes(erased.code, code), maps }
}

const IMPORT_PHASE = new RegExp(String.raw`^${COMMENTS}import (defer \*|source [\w$]+ from\b)`, 'gm')

/** The transform takes `import defer` and `import source` for plain imports, which are evaluated at once. */
function refuseImportPhase(file: string, source: string, erased: string, code: string): void {
  const count = (text: string) => text.match(IMPORT_PHASE)?.length ?? 0
  // What is left in the output is text in a string.
  if (!/\bimport (?:defer|source) /.test(erased) || count(erased) <= count(code)) return
  const phase = IMPORT_PHASE.exec(erased)?.[1]?.startsWith('defer') ? 'defer' : 'source'
  IMPORT_PHASE.lastIndex = 0
  const index = source.search(new RegExp(`\\bimport\\s+${phase}\\b`))
  const offset = Buffer.byteLength(source.slice(0, Math.max(0, index)))
  const message = `'import ${phase}' is not supported. Import the module as usual, or by import() where it is needed`
  throw new SourceSyntaxError(message, locationAt(file, source, offset), source)
}

function mergedMap(file: string, source: string, maps: object[], linesBefore: number): RawSourceMap {
  // Loaded by the first stack trace.
  const remapping: Remapping = createRequire(import.meta.url)('@jridgewell/remapping')
  const merged = remapping(maps as never, () => null)
  return {
    version: 3,
    mappings: ';'.repeat(linesBefore) + (merged.mappings as string),
    names: merged.names,
    sources: [file],
    sourcesContent: [source],
  }
}

function identityOf(file: string, source: string) {
  return { file, source, hash: contentHash(source) }
}

function throwFirst(errors: readonly OxcError[], file: string, source: string): void {
  if (errors.length > 0) throw errorOf(errors, file, source)
}

function errorOf([error]: readonly OxcError[], file: string, source: string): SourceSyntaxError {
  const { message, labels } = error!
  // The labels of a duplicate are the first declaration and the second one, which is at fault.
  const label = labels[message.endsWith('already been declared') ? labels.length - 1 : 0]
  return new SourceSyntaxError(message, locationAt(file, source, label?.start ?? 0), source)
}

function refuseNullFragments(file: string, source: string): never {
  const location = locationAt(file, source, Buffer.byteLength(source.slice(0, source.indexOf('<>'))))
  throw missingCompiler(new SourceSyntaxError('', location, source), NULL_FRAGMENTS)
}

/** Reports whether oxc refuses a namespace that it does not lower. */
function isAtNamespace([error]: readonly OxcError[]): boolean {
  return error?.message.startsWith('Namespaces exporting non-const') === true
}

/** The same length, so that every place stays where it is. */
function withoutHashbang(source: string): string {
  return source.replace(/^#!/, '//')
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file)
}

/** Space and comments between two tokens. */
const SPACE = String.raw`(?:\s|/\*(?:[^*]|\*(?!/))*\*/|//.*\n)*`
const IMPORT_REQUIRE = new RegExp(
  [String.raw`\bimport`, String.raw`[\p{ID_Continue}$]+`, '=', 'require', String.raw`\(`].join(SPACE),
  'u',
)
const EXPORT_ASSIGNMENT = new RegExp(String.raw`\bexport${SPACE}=`)

/**
 * Reports whether a module uses `import x = require()` or `export =`, which become `require` and `module.exports`. For
 * text that looks like it, a module has these names as well, which does no harm.
 */
function usesImportRequire(source: string): boolean {
  return IMPORT_REQUIRE.test(source) || EXPORT_ASSIGNMENT.test(source)
}

function languageOf(file: string): 'ts' | 'tsx' | 'js' | 'jsx' {
  switch (path.extname(file)) {
    case '.tsx':
      return 'tsx'
    case '.ts':
    case '.mts':
    case '.cts':
      return 'ts'
    case '.jsx':
      return 'jsx'
    default:
      return 'js'
  }
}
