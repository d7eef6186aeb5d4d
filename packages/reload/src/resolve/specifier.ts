// The parts of a specifier.

import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Divides the specifier of an import as a URL: `./a%20b.ts?x=1` is the file `a b.ts` and the query `?x=1`. A fragment is
 * one of a path: `#name` alone is an entry of `imports`.
 */
export function parseSpecifier(specifier: string): { request: string; query: string } {
  if (specifier.startsWith('file:')) {
    const url = new URL(specifier)
    return { request: fileURLToPath(url), query: url.search + url.hash }
  }
  const request = specifier.replace(isPath(specifier) ? /[?#].*$/s : /\?.*$/s, '')
  const { search, hash } = new URL(specifier.slice(request.length), 'file:///')
  return { request: isPath(request) ? decoded(request) : request, query: search + hash }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // A percent sign that is a part of the name.
    return path
  }
}

/** Reports whether Node imports a URL as JSON. */
export function isJsonUrl(url: string): boolean {
  return /^file:[^?#]*\.json(?:[?#]|$)|^data:application\/json\b/.test(url)
}

/** Reports whether a specifier names a file, not a package. */
export function isPath(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier) || path.isAbsolute(specifier)
}
