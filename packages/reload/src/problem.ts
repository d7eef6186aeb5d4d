// The description of an error for people: message, place, code frame and stack.

import path from 'node:path'
import {
  codeFrame,
  createRedactor,
  displayPath,
  environmentSecrets,
  isError,
  isUserFrame,
  messageOf,
  placeOf,
  property,
  stackFrames,
} from '@myfy/core/runtime'
import { type SourceLocation, SourceSyntaxError } from './errors.ts'

/** The reason why an application does not run. Plain data, which crosses processes and is shown on a page. */
export interface Problem {
  /** The phase that failed. */
  readonly phase: 'import' | 'start' | 'run'
  /** The message of the error. */
  readonly message: string
  /** True if a promise was rejected that nothing awaits: the place of the error is not that of the mistake. */
  readonly unawaited?: boolean
  /** The code of the error. */
  readonly code?: string
  /** The place in the user's source. */
  readonly location?: SourceLocation
  /** The lines around the place, with a caret. */
  readonly frame?: string
  /** The stack, mapped to the sources, with those of its causes. */
  readonly stack: string
}

/** The number of stack frames that are printed. */
const MAX_FRAMES = 8

/**
 * Describes a thrown value, without secrets: the description goes to a terminal and to a page.
 *
 * @param sourceOf - returns the source of a file as it ran, which may differ from the file on disk
 * @param application - the application that knows which settings are secret, as far as there is one
 */
export function describeProblem(
  thrown: unknown,
  phase: Problem['phase'],
  sourceOf: (file: string) => string | undefined,
  application?: { redact<T>(value: T): T },
): Problem {
  const ofProcess = createRedactor(environmentSecrets(process.env))
  const redact = (text: string) => application?.redact(ofProcess.text(text)) ?? ofProcess.text(text)
  const errors = withCauses(thrown)
  // A stack is composed when it is read, and with it the names of imports in the message.
  const stacks = errors.map(stackOf)
  // The innermost cause is closest to the place of the failure.
  const innermostFirst = [...errors].reverse()
  const place = firstDefined(innermostFirst, (error) => (isError(error) ? placeOf(error) : undefined))
  const location = place && { ...place, column: place.column ?? 1 }
  // A file that does not parse was never compiled: the compiled source is that of another version.
  const unparsed = errors.find((error) => error instanceof SourceSyntaxError)
  const frame =
    location &&
    (codeFrame(location, { sourceOf: (file) => unparsed?.source ?? sourceOf(file) }) ?? codeFrame(location))
  const code = firstDefined(innermostFirst, codeOf)
  return {
    phase,
    message: redact(messageOf(thrown)),
    ...(code !== undefined && { code }),
    ...(location && { location }),
    ...(frame !== undefined && { frame: redact(frame) }),
    stack: redact(stacks.join('\ncaused by: ')),
  }
}

/** Formats a problem for a terminal. */
export function formatProblem(problem: Problem, cwd: string): string {
  const { location, frame, code, message } = problem
  const place = location && `${displayPath(cwd, location.file)}:${location.line}:${location.column}`
  // The place says all about an error that the code did not throw itself.
  const hasStack = !(frame && code?.startsWith('MYFY_RELOAD'))
  const frames = hasStack ? stackFrames(problem.stack).filter(isUserFrame).slice(0, MAX_FRAMES) : []
  const stack = frames.length > 1 ? frames.join('\n') : undefined
  const text = (
    location ? message.replaceAll(location.file, displayPath(cwd, location.file)) : message
  ).replaceAll(`${cwd}${path.sep}`, '')
  const isNamed = place !== undefined && text.includes(`${place}:`)
  const unawaited =
    problem.unawaited && 'A promise was rejected that nothing awaits. Await it, or handle its error.'
  return [unawaited, text, !isNamed && place, frame, stack].filter(Boolean).join('\n')
}

function withCauses(thrown: unknown): unknown[] {
  const errors: unknown[] = []
  for (let error = thrown; error !== undefined && !errors.includes(error); error = property(error, 'cause'))
    errors.push(error)
  return errors
}

function codeOf(error: unknown): string | undefined {
  const code = property(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function stackOf(error: unknown): string {
  return isError(error) ? String(property(error, 'stack') ?? messageOf(error)) : String(error)
}

function firstDefined<T, R>(values: readonly T[], get: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = get(value)
    if (found !== undefined) return found
  }
  return undefined
}
