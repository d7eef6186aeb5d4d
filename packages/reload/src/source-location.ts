// Places in source text, from an offset or from an import statement.

import type { SourceLocation } from './errors.ts'

/** Returns the line and column of an offset in UTF-8 bytes, the unit of the parser. */
export function locationAt(file: string, source: string, offset: number): SourceLocation {
  const before = Buffer.from(source).subarray(0, offset).toString()
  const line = before.split('\n').length
  return { file, line, column: offset - Buffer.byteLength(before.slice(0, before.lastIndexOf('\n') + 1)) + 1 }
}

/**
 * Returns the place of the first import of a specifier: the quoted specifier after `from`, `import` or `require`.
 *
 * @param name - the imported name, which one of several imports of the specifier contains
 */
export function importLocation(
  file: string,
  source: string,
  specifier: string,
  name?: string,
): SourceLocation | undefined {
  const quoted = `(['"\`])${escaped(specifier)}\\1`
  const imported = name && `\\{[^{}]*(?<![\\w$])${escaped(name)}(?![\\w$])[^{}]*\\}\\s*`
  const match =
    (imported && new RegExp(`${imported}from\\s*${quoted}`).exec(source)) ||
    new RegExp(`(?:from|import|require)\\s*\\(?\\s*${quoted}`).exec(source)
  if (!match) return undefined
  const index = match.index + match[0].search(/['"`]/)
  return locationAt(file, source, Buffer.byteLength(source.slice(0, index)))
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
