// What a tsconfig.json says about the code that comes out: JSX, decorators, class fields, imports of types.

import path from 'node:path'
import { getTsconfig } from 'get-tsconfig'
import type { TransformOptions } from 'oxc-transform'

/** Reads the tsconfig of a directory once, however many files lie in it. */
export class TsconfigCache {
  readonly #byDirectory = new Map<string, TransformOptions>()
  #files = new Map()

  /** The files that were read, so that they can be watched. */
  get files(): readonly string[] {
    return [...this.#found]
  }

  readonly #found = new Set<string>()

  /** How a source file in this directory is to be transformed. */
  optionsFor(file: string): TransformOptions {
    const directory = path.dirname(file)
    const known = this.#byDirectory.get(directory)
    if (known) return known
    const options = this.#read(directory)
    this.#byDirectory.set(directory, options)
    return options
  }

  /** Forgets everything: a tsconfig was written. */
  clear(): void {
    this.#byDirectory.clear()
    this.#files = new Map()
    this.#found.clear()
  }

  #read(directory: string): TransformOptions {
    // A tsconfig inside a package that is used as a source (a workspace) counts for that package.
    const found = getTsconfig(directory, 'tsconfig.json', this.#files)
    if (found) this.#found.add(found.path)
    const compiler = found?.config.compilerOptions ?? {}
    const legacyFields = compiler.useDefineForClassFields === false
    return {
      target: lowestNode,
      helpers: { mode: 'External' as never },
      typescript: {
        onlyRemoveTypeImports: compiler.verbatimModuleSyntax === true,
        removeClassFieldsWithoutInitializer: legacyFields || compiler.experimentalDecorators === true,
      },
      assumptions: legacyFields ? { setPublicClassFields: true } : {},
      decorator: {
        legacy: compiler.experimentalDecorators === true,
        emitDecoratorMetadata: compiler.emitDecoratorMetadata === true,
      },
      jsx: jsxOptions(compiler),
    }
  }
}

/** Node 20 has everything of ES2023; of what came later only `using` needs help. */
const lowestNode = 'es2023'

function jsxOptions(compiler: {
  jsx?: string
  jsxImportSource?: string
  jsxFactory?: string
  jsxFragmentFactory?: string
}) {
  if (compiler.jsx === 'react') {
    return {
      runtime: 'classic' as const,
      pragma: compiler.jsxFactory,
      pragmaFrag: compiler.jsxFragmentFactory,
    }
  }
  return {
    runtime: 'automatic' as const,
    importSource: compiler.jsxImportSource,
    development: compiler.jsx === 'react-jsxdev',
  }
}
