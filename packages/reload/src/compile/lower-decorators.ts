// Standard decorators and `accessor`, which neither oxc lowers nor V8 runs: the TypeScript compiler of the project does.

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

/** Reports whether V8 may have rejected a line because of a decorator or `accessor`. The `@` of a package is in quotes. */
export function isAtDecorator(error: SourceSyntaxError): boolean {
  return /(?<!['"`\w])@[\w$(]|\baccessor\b/.test(lineOf(error))
}

/** Compiles a file by the project's TypeScript; undefined if there is none. */
export function lowerDecorators(
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

/** Returns the error for a project without the TypeScript compiler. */
export function missingCompiler(error: SourceSyntaxError): SourceSyntaxError {
  const { location, source } = error
  const syntax = lineOf(error).includes('@') ? 'standard decorators' : "'accessor'"
  return new SourceSyntaxError(
    `${syntax} cannot run in Node and are lowered by the TypeScript compiler, which is not installed`,
    location,
    source,
    'Install typescript as a development dependency, or set experimentalDecorators in tsconfig.json',
  )
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
