// An error as people want to see it: what, where, the lines around it, and the part of the stack that is theirs.

import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { displayPath } from '../entry/find-entry.ts'

interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** The error with its code frame, its own stack frames, and its causes. */
export function formatError(thrown: unknown, cwd: string, color = false): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  for (
    let error = thrown;
    error !== undefined && error !== null && !seen.has(error);
    error = (error as Error).cause
  ) {
    const indent = seen.size === 0 ? '' : 'caused by: '
    seen.add(error)
    parts.push(indent + describe(error, cwd, color))
  }
  return parts.join('\n\n')
}

function describe(thrown: unknown, cwd: string, color: boolean): string {
  if (!(thrown instanceof Error)) return `a value that is no error was thrown: ${String(thrown)}`
  const stack = String(thrown.stack ?? '')
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const own = frames.filter((line) => isUserFrame(line))
  const place = placeOf(thrown)
  const named = thrown.name !== 'Error' && !thrown.message.startsWith(thrown.name)
  const lines = [named ? `${thrown.name}: ${thrown.message}` : thrown.message || thrown.name]
  if (place) {
    const column = place.column === undefined ? '' : `:${place.column}`
    lines.push('', `  ${displayPath(cwd, place.file)}:${place.line}${column}`)
    const frame = codeFrame(place, color)
    if (frame !== undefined) lines.push(frame)
  }
  // With one frame of one's own the code frame has said it.
  if (own.length > 1) lines.push('', ...own.slice(0, 6).map((line) => relativeFrame(line, cwd)))
  return lines.join('\n')
}

/** Where an error happened, as far as it can be told. */
export function placeOf(error: Error): SourcePlace | undefined {
  const stack = String(error.stack ?? '')
  const own = stack.split('\n').filter((line) => /^\s+at /.test(line) && isUserFrame(line))
  const known = (error as { location?: SourcePlace }).location
  if (known?.file && known.line) return known
  // esbuild (tsx) tells where a file does not parse, with columns from 0.
  const [failed] = (error as { errors?: Array<{ location?: SourcePlace }> }).errors ?? []
  if (failed?.location?.file) return { ...failed.location, column: (failed.location.column ?? 0) + 1 }
  // Node puts the place of a syntax error before the message, the faulty line and carets under it.
  const head = /^(?:file:\/\/)?(\S.*?):(\d+)\n(.*\n)?( *\^*)/.exec(stack)
  if (head && (error instanceof SyntaxError || isUserFrame(head[1]!))) {
    const file = pathOf(stack.startsWith('file:') ? `file://${head[1]}` : head[1]!)
    if (file) return { file, line: Number(head[2]), column: (head[4]?.indexOf('^') ?? -1) + 1 || undefined }
  }
  const frame =
    own[0] &&
    /\(?((?:file:\/\/)?[^()\s][^()]*?):(\d+):(\d+)\)?$/.exec(own[0].replace(/^\s+at (?:async )?/, ''))
  const file = frame && pathOf(frame[1]!.replace(/^.*?\(/, ''))
  if (file) return { file, line: Number(frame[2]), column: Number(frame[3]) }
  const importer = /imported from (\S.*)$/m.exec(error.message)?.[1]
  return importer ? importPlace(pathOf(importer), error.message) : undefined
}

/** Node names the importing file but not the line. */
function importPlace(file: string | undefined, message: string): SourcePlace | undefined {
  const specifier = /'([^']+)'/.exec(message)?.[1]
  const source = file && read(file)
  if (!file || !source || !specifier) return undefined
  const last = specifier.split(/[\\/]/).at(-1) ?? specifier
  const lines = source.split('\n')
  const line = lines.findIndex((text) => /\b(from|import|require)\b/.test(text) && text.includes(last))
  return line < 0 ? undefined : { file, line: line + 1, column: lines[line]!.search(/['"`]/) + 1 }
}

/** The lines around a place, with a caret under it. */
function codeFrame({ file, line, column }: SourcePlace, color = false): string | undefined {
  const source = read(file)?.split('\n')
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

// In its own workspace the framework lies beside the user's code instead of in node_modules.
const framework = /[\\/]packages[\\/](core|di|web|reload|cli)[\\/](src|dist)[\\/]/

function isUserFrame(frame: string): boolean {
  return (
    !/\(?node:/.test(frame) &&
    !frame.includes(`${sep}node_modules${sep}`) &&
    !frame.includes('/node_modules/') &&
    !framework.test(frame) &&
    !frame.includes('<anonymous>')
  )
}

function relativeFrame(frame: string, cwd: string): string {
  return frame.replace(/(?:file:\/\/)?(\/[^():]+)/, (_, path: string) => displayPath(cwd, path))
}

function pathOf(text: string): string | undefined {
  const bare = text.replace(/\?.*$/, '')
  if (!bare.startsWith('file:')) return bare
  try {
    return fileURLToPath(bare)
  } catch {
    return undefined
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
