// An error for a person at a terminal: its message, its place in the user's source with the lines around it, and the
// part of the stack that is the user's.

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { isExpected } from './error-text.ts'
import { framePlace, isUserFile, isUserFrame, pathOf, type SourcePlace, stackFrames } from './stack-frames.ts'
import { innerErrors, isError, messageOf, property } from './thrown.ts'

/** Options of {@link formatError}. */
export interface ErrorFrameOptions {
  /** The directory that paths are shown relative to. */
  readonly cwd: string
  /** ANSI colors. Default: false. */
  readonly color?: boolean
  /** The source of a file as it ran. Default: the file on disk. */
  readonly sourceOf?: (file: string) => string | undefined
}

/** Formats an error with its code frame, the user's stack frames, its inner errors and its causes. */
export function formatError(thrown: unknown, options: ErrorFrameOptions): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  const add = (label: string, error: unknown) => {
    if (error === undefined || error === null || seen.has(error) || seen.size > 20) return
    seen.add(error)
    parts.push(label + formatOne(error, options))
    // esbuild keeps plain objects in `errors`; the place of the first one is shown already.
    for (const inner of innerErrors(error)) if (isError(inner)) add('inner error: ', inner)
    add('caused by: ', property(error, 'cause'))
  }
  add('', thrown ?? `${thrown}`)
  return parts.join('\n\n')
}

/** Returns the place of an error in the user's source, as far as it is known. */
export function placeOf(error: Error): SourcePlace | undefined {
  return ownLocation(error) ?? syntaxErrorPlace(error) ?? firstUserPlace(stackOf(error)) ?? importPlace(error)
}

/** Returns the lines around a place with a caret; undefined if the source cannot be read. */
export function codeFrame(
  { file, line, column }: SourcePlace,
  { color = false, sourceOf = readSource }: Partial<ErrorFrameOptions> = {},
): string | undefined {
  const source = sourceOf(file)?.split('\n')
  if (!source || line > source.length) return undefined
  const first = Math.max(1, line - 2)
  const last = Math.min(source.length, line + 2)
  const width = String(last).length
  const red = (text: string) => (color ? `\u001b[31m${text}\u001b[39m` : text)
  const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[22m` : text)
  const lines: string[] = []
  for (let n = first; n <= last; n++) {
    const number = String(n).padStart(width)
    const text = source[n - 1]!.replace(/\r$/, '')
    lines.push(n === line ? `${red('>')} ${number} | ${text}` : dim(`  ${number} | ${text}`))
    if (n === line && column !== undefined)
      lines.push(`  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1))}${red('^')}`)
  }
  return lines.join('\n')
}

/** Returns a path relative to a directory; far outside of it the whole path. */
export function displayPath(cwd: string, file: string): string {
  const path = relative(cwd, file)
  return path === '' ? '.' : /^(\.\.[\\/]){3}/.test(path) ? file : path
}

function formatOne(thrown: unknown, options: ErrorFrameOptions): string {
  if (!isError(thrown)) return `a value that is not an error was thrown: ${messageOf(thrown)}`
  const { cwd } = options
  // The place reads the stack, whose composition may name imports in the message.
  const place = placeOf(thrown)
  const message = messageOf(thrown)
  const name = String(property(thrown, 'name') ?? 'Error')
  const text = place ? message.replaceAll(place.file, displayPath(cwd, place.file)) : message
  // The name of an expected error is for programs.
  const isNamed = name === 'Error' || message.startsWith(name) || isExpected(thrown)
  const lines = [isNamed ? text : `${name}: ${text}`]
  if (place) {
    const column = place.column === undefined ? '' : `:${place.column}`
    const shown = `${displayPath(cwd, place.file)}:${place.line}${column}`
    lines.push('', ...(text.includes(`${shown}:`) ? [] : [`  ${shown}`]))
    const frame = codeFrame(place, options)
    if (frame !== undefined) lines.push(frame)
    const hint = circularImport(message, place, options)
    if (hint !== undefined) lines.push('', hint)
  }
  const frames = stackFrames(stackOf(thrown)).filter(isUserFrame)
  // A single frame is the place that the code frame shows.
  if (frames.length > 1) lines.push('', ...frames.slice(0, 6).map((frame) => relativeFrame(frame, cwd)))
  return lines.join('\n')
}

/** Says why an import is not there yet: files that import each other. A name of the same file is not an import. */
function circularImport(
  message: string,
  { file }: SourcePlace,
  { sourceOf = readSource }: ErrorFrameOptions,
): string | undefined {
  const name = /^Cannot access '([\w$]+)' before initialization$/.exec(message)?.[1]
  if (name === undefined) return undefined
  const imports = sourceOf(file)?.matchAll(/^\s*import\b([^'"`;]*)\bfrom\s*(['"])([^'"\n]+)\2/gm) ?? []
  const found = Array.from(imports).find(([, names = '']) => names.split(/[^\w$]+/).includes(name))
  return found === undefined
    ? undefined
    : `'${name}' comes from '${found[3]}', which imports this file, directly or through others, and is still loading. Move what both need into a third file, or use '${name}' in a function that is called later.`
}

function ownLocation(error: Error): SourcePlace | undefined {
  const location = property(error, 'location') as Partial<SourcePlace> | undefined
  if (location?.file && location.line) return location as SourcePlace
  // esbuild (tsx) says where a file does not parse, with columns from 0.
  const inner = property(innerErrors(error)[0], 'location') as Partial<SourcePlace> | undefined
  if (!inner?.file || !inner.line) return undefined
  return { file: inner.file, line: inner.line, column: (inner.column ?? 0) + 1 }
}

// Node.js puts the place of a syntax error before the message, and the faulty line with carets under it.
function syntaxErrorPlace(error: Error): SourcePlace | undefined {
  const head = /^(\S.*?):(\d+)\n(.*\n)?( *\^*)/.exec(stackOf(error))
  const file = head && pathOf(head[1]!)
  if (!head || file === undefined || file === null) return undefined
  if (!(error instanceof SyntaxError) && !isUserFile(file)) return undefined
  return { file, line: Number(head[2]), column: (head[4]?.indexOf('^') ?? -1) + 1 || undefined }
}

function firstUserPlace(stack: string): SourcePlace | undefined {
  const frame = stackFrames(stack).find(isUserFrame)
  return frame === undefined ? undefined : framePlace(frame)
}

// A failed import: Node.js names the importing file but not the line.
function importPlace(error: Error): SourcePlace | undefined {
  const message = messageOf(error)
  const importer = /imported from (\S.*)$/m.exec(message)?.[1]
  const file = importer === undefined ? undefined : pathOf(importer)
  const specifier = /'([^']+)'/.exec(message)?.[1]
  const source = file && readSource(file)
  if (!file || !source || !specifier) return undefined
  const last = specifier.split(/[\\/]/).at(-1) ?? specifier
  const lines = source.split('\n')
  const line = lines.findIndex((text) => /\b(from|import|require)\b/.test(text) && text.includes(last))
  return line < 0 ? undefined : { file, line: line + 1, column: lines[line]!.search(/['"`]/) + 1 }
}

function relativeFrame(frame: string, cwd: string): string {
  const place = framePlace(frame)
  if (!place) return frame
  return frame.replace(/\(?[^(\s][^(]*:\d+:\d+\)?$/, (text) => {
    const shown = `${displayPath(cwd, place.file)}:${place.line}:${place.column}`
    return text.startsWith('(') ? `(${shown})` : shown
  })
}

function stackOf(error: Error): string {
  return String(property(error, 'stack') ?? '')
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
