// The `import.meta` of the application's modules.

import { statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { property } from '@myfy/core/runtime'
import type { Resolver } from '../resolve/resolver.ts'
import { notFoundForNode } from './import-problems.ts'

/** Returns the `import.meta` of a file that was imported with a query or without one. */
export function importMeta(file: string, query: string, resolver: Resolver): object {
  const url = pathToFileURL(file).href + query
  const resolve = (specifier: string) => resolveUrl(specifier, file, url, resolver)
  return { __proto__: null, url, filename: file, dirname: path.dirname(file), resolve } as object
}

/** As in Node, a relative specifier need not exist. If it does not, it may mean a source file: `./a.js` for `a.ts`. */
function resolveUrl(specifier: string, file: string, url: string, resolver: Resolver): string {
  const literal = /^(\.{0,2}\/|file:)/.test(specifier) ? new URL(specifier, url) : undefined
  if (literal && exists(literal)) return literal.href
  try {
    const resolution = resolver.resolve(specifier, file)
    if (resolution.type === 'external') return resolution.url
    return pathToFileURL(resolution.file).href + resolution.query
  } catch (error) {
    if (literal) return literal.href
    const located = notFoundForNode(error)
    const isMissing = property(located, 'code') === 'ERR_MODULE_NOT_FOUND'
    // Nor need the file exist to which a package leads.
    const target = isMissing ? resolver.targetOf(specifier, file) : undefined
    if (target !== undefined) return pathToFileURL(target).href
    throw located
  }
}

function exists(url: URL): boolean {
  return statSync(url, { throwIfNoEntry: false }) !== undefined
}
