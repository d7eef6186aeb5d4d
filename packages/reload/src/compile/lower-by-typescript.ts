// What oxc does not lower, and the TypeScript compiler of the project does: standard decorators, `accessor`, fragments that
// are null, and namespaces with variables or in several blocks.

import { createRequire } from 'node:module'
import { SourceSyntaxError } from '../errors.ts'

/** The part of the TypeScript compiler that is used. */
interface TypeScript {
  transpileModule?(
    source: string,
    options: { fileName: string; compilerOptions: object },
  ): { outputText: string; sourceMapText?: string }
  convertCompilerOptionsFromJson(options: object, base: string): { options: object }
}

/** Fragments without a component, as TypeScript names them. */
export const NULL_FRAGMENTS = "a fragment with the jsxFragmentFactory 'null'"

/** Reports whether V8 may have rejected a line because of a decorator or `accessor`. The `@` of a package is in quotes. */
export function isAtDecorator(error: SourceSyntaxError): boolean {
  return /(?<!['"`\w])@[\w$(]|\baccessor\b/.test(lineOf(error))
}

/** Compiles a file by the project's TypeScript; undefined if there is none. */
export function lowerByTypeScript(
  file: string,
  source: string,
  compilerOptions: object,
): { code: string; map: object } | undefined {
  const typescript = typescriptOf(file)
  if (!typescript?.transpileModule) return undefined
  const { options } = typescript.convertCompilerOptionsFromJson(
    { ...compilerOptions, target: 'es2022', module: 'esnext', sourceMap: true, allowJs: true },
    '.',
  )
  const result = typescript.transpileModule(source, { fileName: file, compilerOptions: options })
  const code = result.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  return { code, map: JSON.parse(result.sourceMapText ?? '{}') as object }
}

const NAMESPACE = /(?<![\w$.'"`])(?:namespace|module)\s+([\w$.]+)\s*\{/g

/** Reports whether a source has several blocks of one namespace, which see the exports of each other. */
export function mergesNamespaces(source: string): boolean {
  const names = [...source.matchAll(NAMESPACE)].map(([, name]) => name)
  return new Set(names).size < names.length
}

/** Returns the error for a project without the TypeScript compiler. */
export function missingCompiler({ location, source }: SourceSyntaxError, syntax: string): SourceSyntaxError {
  return new SourceSyntaxError(
    `${syntax} cannot run in Node and must be lowered by the TypeScript compiler, which is not installed`,
    location,
    source,
    `Install typescript as a development dependency, or ${otherFix(syntax)}`,
  )
}

function otherFix(syntax: string): string {
  if (syntax.startsWith("'export let'")) return 'export constants and functions'
  if (syntax === NULL_FRAGMENTS) return 'name a component as jsxFragmentFactory in tsconfig.json'
  return 'set experimentalDecorators in tsconfig.json'
}

/** Returns the name of the syntax that V8 has rejected. */
export function syntaxAt(error: SourceSyntaxError): string {
  return lineOf(error).includes('@') ? 'standard decorators' : "'accessor'"
}

function lineOf({ location, source }: SourceSyntaxError): string {
  return source.split('\n')[location.line - 1] ?? ''
}

function typescriptOf(file: string): TypeScript | undefined {
  try {
    return createRequire(file)('typescript') as TypeScript
  } catch {
    return undefined
  }
}
