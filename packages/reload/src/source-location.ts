// Places in source text: from an offset to a line, and the lines around it for people.

import { codeFrameColumns } from '@babel/code-frame'
import type { SourceLocation } from './errors.ts'

/** The line and column of an offset in UTF-8 bytes, which is what the parser counts in. */
export function locationAt(file: string, source: string, offset: number): SourceLocation {
  const before = Buffer.from(source).subarray(0, offset).toString()
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

/** The lines around a place, with a caret under it. */
export function codeFrame(
  source: string,
  { line, column }: { line: number; column: number },
  color = false,
): string {
  return codeFrameColumns(
    source,
    { start: { line, column } },
    { highlightCode: color, forceColor: color, linesAbove: 3 },
  )
}

/** Where a module imports something: the first quoted occurrence of the specifier behind an import. */
export function importLocation(file: string, source: string, specifier: string): SourceLocation | undefined {
  const quoted = `(['"\`])${specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1`
  const match = new RegExp(`(?:from|import)\\s*\\(?\\s*${quoted}`).exec(source)
  if (!match) return undefined
  const index = match.index + match[0].search(/['"`]/)
  return locationAt(file, source, Buffer.byteLength(source.slice(0, index)))
}
