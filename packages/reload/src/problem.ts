// An error as people want to see it: what, where, and the lines around it.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type SourceLocation, SourceSyntaxError } from './errors.ts'
import { codeFrame } from './source-location.ts'

/** Why the code does not run. Plain data: it crosses processes and is shown on a page. */
export interface Problem {
  /** How far the code came. */
  readonly phase: 'import' | 'start' | 'run'
  /** The first sentence, with the name of the error. */
  readonly message: string
  /** The code of a coded error. */
  readonly code?: string
  /** The place in the user's own source. */
  readonly location?: SourceLocation
  /** The lines around it, with a caret. */
  readonly frame?: string
  /** The whole stack, mapped to the sources, with causes. */
  readonly stack: string
}

/** Describes anything thrown. `sourceOf` knows what was compiled; the disk may have moved on. */
export function describeProblem(
  thrown: unknown,
  phase: Problem['phase'],
  sourceOf: (file: string) => string | undefined,
): Problem {
  const errors = causes(thrown)
  const location = firstDefined(errors, ownLocation) ?? firstDefined(errors, frameLocation)
  // What does not parse was never compiled: the good version of the file would show other lines.
  const unparsed = errors.find((error) => error instanceof SourceSyntaxError)
  const source = location && (unparsed?.source ?? sourceOf(location.file) ?? readIfThere(location.file))
  const code = firstDefined(errors, (error) => (error as { code?: unknown })?.code)
  return {
    phase,
    message: thrown instanceof Error ? thrown.message || thrown.name : String(thrown),
    ...(typeof code === 'string' && { code }),
    ...(location && { location }),
    ...(location && source !== undefined && { frame: codeFrame(source, location) }),
    stack: errors
      .map((error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)))
      .join('\n[cause] '),
  }
}

/** The problem as text for a terminal: once, with file, line and code frame. */
export function formatProblem(problem: Problem, cwd: string): string {
  const { location } = problem
  const where =
    location && `${path.relative(cwd, location.file) || location.file}:${location.line}:${location.column}`
  const stack = problem.frame && problem.code?.startsWith('MYFY_RELOAD') ? '' : ownFrames(problem.stack)
  return [problem.message, where, problem.frame, stack].filter(Boolean).join('\n')
}

function causes(thrown: unknown): unknown[] {
  const found: unknown[] = []
  for (let error = thrown; error !== undefined && !found.includes(error); error = (error as Error)?.cause)
    found.push(error)
  // The innermost cause knows best where it happened.
  return found.length > 1 ? [...found].reverse() : found
}

function ownLocation(error: unknown): SourceLocation | undefined {
  return (error as { location?: SourceLocation })?.location
}

/** The first frame that is neither Node's nor a dependency's. */
function frameLocation(error: unknown): SourceLocation | undefined {
  const stack = error instanceof Error ? String(error.stack) : ''
  for (const [, file, line, column] of stack.matchAll(
    /at .*?\(?((?:\/|[A-Za-z]:\\)[^()\n]*?):(\d+):(\d+)\)?$/gm,
  )) {
    if (isOwn(file!)) return { file: file!, line: Number(line), column: Number(column) }
  }
  return undefined
}

function ownFrames(stack: string): string {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const own = lines.filter((line) => !/\(?node:|node_modules/.test(line))
  return (own.length > 0 ? own : lines).slice(0, 8).join('\n')
}

function isOwn(file: string): boolean {
  return !file.includes(`${path.sep}node_modules${path.sep}`) && !ownDirectory.test(file)
}

// In this workspace the framework lies beside the user's code instead of in node_modules.
const ownDirectory = /[\\/]packages[\\/](core|di|web|reload|cli)[\\/](src|dist)[\\/]/

function firstDefined<T, R>(values: readonly T[], get: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = get(value)
    if (found !== undefined) return found
  }
  return undefined
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
