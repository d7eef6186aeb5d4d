// Loads a file of the application by its path: a migration, a scenario.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { property } from '@myfy/core/runtime'

/** The codes with which Node.js refuses TypeScript: any before 22.18, and enums and namespaces from then on. */
const REFUSED = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'])

type Exports = Readonly<Record<string, unknown>>

/**
 * Returns the exports of a file. TypeScript that Node.js does not load itself, as in a test on Node.js 20, is compiled by
 * `@myfy/reload`, which comes with `@myfy/cli`.
 *
 * @throws the error of the file, or of Node.js if there is nothing that compiles TypeScript
 */
export async function loadFile(path: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(path).href)) as Exports
  } catch (error) {
    if (!isRefused(error)) throw error
    const compiler = compilerNear(path)
    if (compiler === undefined) throw error
    const { loadExports } = (await import(pathToFileURL(compiler).href)) as {
      loadExports(file: string): Promise<Exports>
    }
    return loadExports(path)
  }
}

/** Reports whether Node.js has refused a file because it is TypeScript. */
export function isRefused(error: unknown): boolean {
  return REFUSED.has(String(property(error, 'code')))
}

/** Returns the entry of `@myfy/reload` of the project: as its own dependency, or as that of `@myfy/cli`. */
function compilerNear(path: string): string | undefined {
  const near = createRequire(path)
  for (const require of [() => near, () => createRequire(near.resolve('@myfy/cli/package.json'))])
    try {
      return require().resolve('@myfy/reload')
    } catch {
      // Not installed there.
    }
  return undefined
}
