// Source text in, a function that evaluates the module out. Knows nothing of other modules.

import { createHash } from 'node:crypto'
import path from 'node:path'
import vm from 'node:vm'
import remapping from '@jridgewell/remapping'
import { moduleRunnerTransformSync, type SourceMap, transformSync } from 'oxc-transform'
import { SourceSyntaxError } from '../errors.ts'
import { locationAt } from '../source-location.ts'
import { TsconfigCache } from './tsconfig.ts'

/** What a module's function receives: the bindings that stand for `import`, `export *`, `import()` and `import.meta`. */
export interface ModuleScope {
  readonly exports: object
  /** The namespace of an import. With names it is asked for the second time, when the import has been evaluated. */
  import(specifier: string, options?: { importedNames?: readonly string[] }): object
  dynamicImport(specifier: unknown): Promise<object>
  exportAll(from: object): void
  readonly meta: object
  readonly helpers: object
}

/** A module that is ready to be evaluated, as often as wanted. */
export interface CompiledModule {
  readonly file: string
  readonly hash: string
  readonly source: string
  /** The specifiers of the static imports and re-exports, in the order in which they are to be evaluated. */
  readonly imports: readonly string[]
  /**
   * Declares the exports and hoists the functions, so that a cycle can see them. What it returns runs the module,
   * and returns a promise only if the module awaits at its top level.
   */
  instantiate(scope: ModuleScope): () => void | Promise<void>
}

/** A source map as the tools exchange it. */
export type RawSourceMap = Pick<SourceMap, 'mappings' | 'names' | 'sources' | 'sourcesContent'> & {
  version: 3
}

/** Compiles modules. Keeps no module, only what tsconfig files say. */
export class Transformer {
  readonly tsconfig = new TsconfigCache()
  /** Whether code carries its source map, for a debugger that is attached. */
  inlineMaps = false

  compile(file: string, source: string): CompiledModule {
    if (file.endsWith('.json')) return compileJson(file, source)
    const { code, imports } = this.#transform(file, source, false)
    const script = this.inlineMaps ? `${code}\n${inlineMap(this.sourceMap(file, source))}` : code
    const start = compileScript(file, script)
    return {
      file,
      hash: hashOf(source),
      source,
      imports,
      instantiate(scope) {
        const run = start(
          scope.exports,
          scope.import,
          scope.dynamicImport,
          scope.exportAll,
          scope.meta,
          scope.helpers,
        )
        run.next()
        return () => {
          const result = run.next()
          if (result instanceof Promise) return result.then(() => {})
        }
      },
    }
  }

  /** The way from a position in the running code back to the source. Made when a stack trace asks for it. */
  sourceMap(file: string, source: string): RawSourceMap {
    const { maps } = this.#transform(file, source, true)
    const merged = remapping(maps as never, () => null)
    return {
      version: 3,
      // The wrapper's first line stands before the code.
      mappings: `;${merged.mappings as string}`,
      names: merged.names,
      sources: [file],
      sourcesContent: [source],
    }
  }

  #transform(file: string, source: string, sourcemap: boolean) {
    const options = {
      ...this.tsconfig.optionsFor(file),
      lang: languageOf(file),
      sourcemap,
      sourceType: 'module' as const,
    }
    const plain = transformSync(file, source.replace(/^#!/, '//'), options)
    throwFirst(plain.errors, file, source)
    const runnable = moduleRunnerTransformSync(`${file}.js`, plain.code, { sourcemap })
    throwFirst(runnable.errors, file, plain.code)
    const { code, imports } = inTwoPhases(runnable.code)
    return { code, imports, maps: [runnable.map, plain.map] }
  }
}

/** The identity of a content. */
export function hashOf(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('base64url')
}

type ModuleFunction = (...scope: unknown[]) => Generator | AsyncGenerator

const scopeNames = [
  '__vite_ssr_exports__',
  '__vite_ssr_import__',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_import_meta__',
  'babelHelpers',
].join(', ')

/** A module that never awaits at its top level stays synchronous, as the language wants it. */
function compileScript(file: string, code: string): ModuleFunction {
  const keyword = awaitsAtTopLevel(code) ? 'async function*' : 'function*'
  const script = new vm.Script(`(${keyword} (${scopeNames}) { "use strict";\n${code}\n})`, {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return script.runInThisContext() as ModuleFunction
}

/** In a static block `await` is an early error wherever no async function surrounds it: the parser answers for us. */
function awaitsAtTopLevel(code: string): boolean {
  if (!code.includes('await')) return false
  try {
    new vm.Script(`class _ { static {\n${code}\n} }`)
    return false
  } catch {
    return true
  }
}

const importLine =
  /^const (__vite_ssr_import_(\d+)__) = await __vite_ssr_import__\(("(?:[^"\\]|\\.)*")((?:, \{ importedNames: \[[\s\S]*?\] \})?)\);(\n__vite_ssr_exportAll__\(\1\);)?$/gm

const exportDeclarations = /^(?:Object\.defineProperty\(__vite_ssr_exports__, [\s\S]*?\n\}\);\n?)*/

/**
 * Cuts the module in two with a `yield`: before it the exports are declared and the imports bound, behind it comes
 * what the author wrote. Lines stay where they are, for the source map.
 */
function inTwoPhases(code: string): { code: string; imports: string[] } {
  const imports: string[] = []
  let again = ''
  let end = 0
  const bound = code.replace(
    importLine,
    (statement, name, index, specifier, names, exportAll = '', offset) => {
      if (Number(index) !== imports.length) return statement
      imports.push(JSON.parse(specifier))
      again += ` ${name} = __vite_ssr_import__(${specifier}${names.replaceAll('\n', ' ')});`
      end = offset + statement.length
      const call = `let ${name} = __vite_ssr_import__(${specifier});`
      return call + '\n'.repeat(names.split('\n').length - 1) + exportAll
    },
  )
  if (imports.length === 0) end = exportDeclarations.exec(code)?.[0].length ?? 0
  // The replacement changed lengths but nothing behind the last import, so the cut is found from the back.
  const cut = bound.length - (code.length - end)
  return { code: `${bound.slice(0, cut)}; yield;${again}${bound.slice(cut)}`, imports }
}

function compileJson(file: string, source: string): CompiledModule {
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)
    throw new SourceSyntaxError(
      (error as Error).message,
      locationAt(file, source, Number(position?.[1] ?? source.length)),
      source,
    )
  }
  return {
    file,
    hash: hashOf(source),
    source,
    imports: [],
    instantiate({ exports }) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) Object.assign(exports, value)
      Object.assign(exports, { default: value })
      return () => {}
    },
  }
}

function throwFirst(
  errors: { message: string; labels: { start: number }[] }[],
  file: string,
  source: string,
): void {
  const error = errors[0]
  if (!error) return
  throw new SourceSyntaxError(error.message, locationAt(file, source, error.labels[0]?.start ?? 0), source)
}

function inlineMap(map: RawSourceMap): string {
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64')
  return `//# sourceMappingURL=data:application/json;base64,${encoded}`
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
