// The scripts that evaluate modules: the output of oxc's module runner transform in two phases, and CommonJS.

import vm from 'node:vm'
import type { CompiledModule, ModuleScope } from './compiled-module.ts'

/** A generator that declares the exports at its first step and runs the module at its second one. */
type TwoPhaseFunction = (...scope: unknown[]) => Generator | AsyncGenerator

const MODULE_PARAMETERS = [
  '__vite_ssr_exports__',
  '__vite_ssr_import__',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_import_meta__',
  'babelHelpers',
].join(', ')

const COMMONJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/** The name by which the transform replaces `import()`. */
export const DYNAMIC_IMPORT = '__vite_ssr_dynamic_import__'

/** The lines of the wrapper that stand before the module's code. */
export const WRAPPER_LINES = 1

/** Returns the script of a module. The code begins on its second line. */
export function moduleScript(code: string, hasCommonJsScope: boolean): string {
  // A module that never awaits at its top level is evaluated synchronously, as the language requires.
  const keyword = awaitsAtTopLevel(code) ? 'async function*' : 'function*'
  const body = `${keyword} (${MODULE_PARAMETERS}) { "use strict";\n${code}\n}`
  // The names of CommonJS are those of an outer function, so that the module may declare them itself.
  return hasCommonJsScope ? `(function (${COMMONJS_PARAMETERS.join(', ')}) { return ${body}})` : `(${body})`
}

/**
 * Compiles a script of {@link moduleScript}.
 *
 * @throws SyntaxError for syntax that V8 does not support
 */
export function compileModuleScript(
  file: string,
  script: string,
  hasCommonJsScope: boolean,
): (scope: ModuleScope) => () => void | Promise<void> {
  const compiled: unknown = new vm.Script(script, {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext()
  return (scope) => {
    const start = (
      hasCommonJsScope
        ? (compiled as (...names: unknown[]) => unknown)(...commonJsArguments(file, scope))
        : compiled
    ) as TwoPhaseFunction
    const { exports, dynamicImport, exportAll, meta, helpers } = scope
    const steps = start(exports, scope.import, dynamicImport, exportAll, meta, helpers)
    steps.next()
    return () => {
      const result = steps.next()
      if (result instanceof Promise) return result.then(() => nameDefault(exports))
      nameDefault(exports)
    }
  }
}

/** An anonymous default export has the name of the transform's constant. The language calls it `default`. */
function nameDefault(exports: object): void {
  const value: unknown = Reflect.get(exports, 'default')
  if (typeof value === 'function' && value.name === '__vite_ssr_export_default__')
    Object.defineProperty(value, 'name', { value: 'default' })
}

/**
 * Compiles CommonJS, as Node does.
 *
 * @throws SyntaxError, also for the syntax of ECMAScript modules
 */
export function compileCommonJs(file: string, code: string): (scope: ModuleScope) => () => void {
  const run = vm.compileFunction(code, [...COMMONJS_PARAMETERS, DYNAMIC_IMPORT], {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
  })
  return (scope) => () =>
    void Reflect.apply(run, scope.commonjs.module.exports, [
      ...commonJsArguments(file, scope),
      scope.dynamicImport,
    ])
}

function commonJsArguments(file: string, { commonjs }: ModuleScope): unknown[] {
  const { require, module } = commonjs
  const directory = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')))
  return [module.exports, require, module, file, directory]
}

/** Reports whether a script of {@link moduleScript} is that of a module that awaits at its top level. */
export function isAsyncScript(script: string): boolean {
  return /^\((?:function \([^)]*\) \{ return )?async function\*/.test(script)
}

/** In a static block `await` is a syntax error wherever it is not inside an async function, so V8 gives the answer. */
function awaitsAtTopLevel(code: string): boolean {
  if (!code.includes('await')) return false
  try {
    new vm.Script(`class _ { static {\n${code}\n} }`)
    return false
  } catch {
    return true
  }
}

/**
 * An import in the output of the module runner transform, in the four shapes that it has, and behind comments:
 *
 *     const __vite_ssr_import_0__ = await __vite_ssr_import__("./a.ts", { importedNames: ["a"] });
 *     const __vite_ssr_import_1__ = await __vite_ssr_import__("./b.ts");
 *
 *     const __vite_ssr_import_2__ = await __vite_ssr_import__("./c.ts");
 *     __vite_ssr_exportAll__(__vite_ssr_import_2__);
 *
 *     const __vite_ssr_import_3__ = await __vite_ssr_import__("./d.ts", { importedNames: [
 *     	"longName",
 *     	"otherName"
 *     ] });
 */
const IMPORT =
  /^((?:\/\*(?:[^*]|\*(?!\/))*\*\/ *)*)const (__vite_ssr_import_(\d+)__) = await __vite_ssr_import__\(("(?:[^"\\]|\\.)*")((?:, \{ importedNames: \[[\s\S]*?\] \})?)\);(\n__vite_ssr_exportAll__\(\2\);)?$/gm

/**
 * The declarations of the exports, which stand before everything but comments and directives:
 *
 *     Object.defineProperty(__vite_ssr_exports__, "a", {
 *     	enumerable: true,
 *     	configurable: true,
 *     	get() {
 *     		return a;
 *     	}
 *     });
 */
const EXPORTS =
  /^(?:(?:\s|\/\/.*\n|\/\*(?:[^*]|\*(?!\/))*\*\/|"[^"\\]*";|'[^'\\]*';)*Object\.defineProperty\(__vite_ssr_exports__, [\s\S]*?\n\}\);\n?)*/

/** An export that comes from an import. */
export interface Reexport {
  /** The index in `imports` of its module. */
  readonly importIndex: number
  /** The name in that module; undefined for its namespace. */
  readonly name: string | undefined
}

const REEXPORT =
  /^Object\.defineProperty\(__vite_ssr_exports__, ("(?:[^"\\]|\\.)*"), \{\n\tenumerable: true,\n\tconfigurable: true,\n\tget\(\) \{\n\t\treturn __vite_ssr_import_(\d+)__(?:\.([\p{ID_Continue}$]+)|\[("(?:[^"\\]|\\.)*")\])?;/gmu

/** Returns the exports of a module that come from its imports, except for those of `export *`. */
export function reexportsOf({ script }: CompiledModule): ReadonlyMap<string, Reexport> {
  const found = [...script.matchAll(REEXPORT)].map(([, exported, index, name, quoted]) => {
    const target = quoted === undefined ? name : String(JSON.parse(quoted))
    return [String(JSON.parse(exported!)), { importIndex: Number(index), name: target }] as const
  })
  return new Map(found)
}

/**
 * Divides the output of the module runner transform by a `yield`. Before it the exports are declared and the imports
 * bound; after it the code of the author runs, with imports that have been evaluated. The output
 *
 *     Object.defineProperty(__vite_ssr_exports__, "b", { … });
 *     const __vite_ssr_import_0__ = await __vite_ssr_import__("./a.ts", { importedNames: ["a"] });
 *     const b = __vite_ssr_import_0__.a + 1;
 *
 * becomes
 *
 *     Object.defineProperty(__vite_ssr_exports__, "b", { … });
 *     let __vite_ssr_import_0__ = __vite_ssr_import__("./a.ts");; yield; __vite_ssr_import_0__ = __vite_ssr_import__("./a.ts", { importedNames: ["a"] });
 *     const b = __vite_ssr_import_0__.a + 1;
 *
 * Every line of the author stays on its line, so that the source map stays valid.
 */
export function inTwoPhases(code: string): { code: string; imports: string[] } {
  const imports: string[] = []
  let rebinding = ''
  let end = 0
  const bound = code.replace(
    IMPORT,
    (statement, comments, name, index, specifier, names, exportAll = '', offset) => {
      // A string of the author that looks like an import does not have the next number.
      if (Number(index) !== imports.length) return statement
      imports.push(JSON.parse(specifier))
      rebinding += ` ${name} = __vite_ssr_import__(${specifier}${names.replaceAll('\n', ' ')});`
      end = offset + statement.length
      const lines = '\n'.repeat(names.split('\n').length - 1)
      return `${comments}let ${name} = __vite_ssr_import__(${specifier});${lines}${exportAll}`
    },
  )
  if (imports.length === 0) end = EXPORTS.exec(code)?.[0].length ?? 0
  // The replacement changed nothing after the last import, so the place is counted from the end.
  const cut = bound.length - (code.length - end)
  return { code: `${bound.slice(0, cut)}; yield;${rebinding}${bound.slice(cut)}`, imports }
}
