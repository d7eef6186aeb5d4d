// The place of a syntax error that V8 reports, in the source.

import { SourceMap } from 'node:module'
import { SourceSyntaxError } from '../errors.ts'
import type { RawSourceMap } from './compiled-module.ts'

/**
 * Returns the error with its place in the source, or undefined if V8 does not tell the place. V8 puts it at the head of
 * the stack:
 *
 *     /app/src/a.ts:3
 *     class Box { accessor value = 1 }
 *                          ^^^^^
 */
export function syntaxErrorAt(
  error: SyntaxError,
  file: string,
  source: string,
  map: RawSourceMap | undefined,
): SourceSyntaxError | undefined {
  const [place, , carets] = String(error.stack).split('\n')
  const line = Number(/:(\d+)$/.exec(place ?? '')?.[1])
  if (!line) return undefined
  const column = Math.max(0, carets?.indexOf('^') ?? 0) + 1
  return new SourceSyntaxError(error.message, { file, ...original(line, column, map) }, source)
}

function original(line: number, column: number, map: RawSourceMap | undefined) {
  if (!map) return { line, column }
  const entry = new SourceMap(map as never).findEntry(line - 1, column - 1)
  if (!('originalLine' in entry)) return { line: 1, column: 1 }
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
}
