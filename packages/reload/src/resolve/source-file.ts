// The files that imports lead to: which of them are compiled here, in which format, and by which names they are found.

import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { NapiResolveOptions } from 'oxc-resolver'
import type { ModuleFormat } from '../compile/compiled-module.ts'
import { isPath } from './specifier.ts'

/** The extensions of the files that an import finds. */
export type FileOptions = Pick<NapiResolveOptions, 'extensions' | 'extensionAlias'>

/** The names by which an import finds a file in TypeScript. */
export const typescript: FileOptions = {
  extensions: ['.ts', '.tsx', '.mts', '.js', '.jsx', '.mjs', '.cjs', '.cts', '.json'],
  extensionAlias: {
    '.js': ['.ts', '.tsx', '.js', '.jsx'],
    '.jsx': ['.tsx', '.ts', '.jsx'],
    '.mjs': ['.mts', '.mjs'],
    '.cjs': ['.cts', '.cjs'],
  },
}
/** The names by which an import finds a file in Node. */
export const javascript: FileOptions = { extensions: ['.js', '.json', '.node'] }

/** The directory of installed packages, in a path. */
export const NODE_MODULES = `${path.sep}node_modules${path.sep}`

/** Dependencies are not the application's own code. The framework is shared with the supervising code. */
export function isOwnCode(specifier: string, file: string): boolean {
  return !specifier.startsWith('@myfy/') && !file.includes(NODE_MODULES) && !file.endsWith('.node')
}

/** The names of files that are compiled here; others have no extension. */
export const MODULE_EXTENSION = /\.(?:[cm]?[jt]s|[jt]sx|json)$|(?:^|[\\/])[^.\\/]+$/

export function isJavaScript(file: string): boolean {
  return /\.(?:[cm]?js|jsx)$/.test(file)
}

/** `.js` means a `.ts` file in TypeScript. In JavaScript, the output of a compiler for example, it means what is there. */
export function literalFile(request: string, importer: string): string | undefined {
  if (!isJavaScript(importer) || !isJavaScript(request) || !isPath(request)) return undefined
  const file = path.resolve(path.dirname(importer), request)
  return isFile(file) ? realpathSync(file) : undefined
}

/** Finds a file with a question mark in its name, with which a query begins for oxc. */
export function markedFile(request: string, importer: string): string | undefined {
  const literal = path.resolve(path.dirname(importer), request)
  const { name, dir, ext } = path.parse(literal)
  const aliases = (typescript.extensionAlias?.[ext] ?? []).map((other) => path.join(dir, name + other))
  const appended = typescript.extensions?.map((extension) => literal + extension) ?? []
  const found = [...aliases, literal, ...appended].find((file) => isFile(file) && MODULE_EXTENSION.test(file))
  return found === undefined ? undefined : realpathSync(found)
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

export function formatOf(file: string, moduleType: string | undefined): ModuleFormat {
  if (/\.(m[jt]s|json)$/.test(file)) return 'module'
  if (/\.c[jt]s$/.test(file)) return 'commonjs'
  return moduleType === 'module' ? 'module' : moduleType === 'commonjs' ? 'commonjs' : 'undeclared'
}
