// Errors in a text log: message, stack, inner errors and causes.

import { MyfyError } from '@myfy/di'
import { redactText } from './redaction.ts'
import { framePlace, isFrame, isFrameworkFile, isUserFrame } from './stack-frames.ts'
import { errorOf, innerErrors, isError, messageOf, property, ThrownValueError } from './thrown.ts'

/** The limits of a description: a failing service must not fill its log with one error. */
const MAX_DEPTH = 6
const MAX_INNER = 10
const MAX_TEXT = 16_384

/**
 * Describes an error for people. An error with a code of ours is expected and needs no stack; any other has its stack
 * without the frames of the framework that led there. Inner errors and causes follow, each once, without secrets.
 */
export function describeError(thrown: unknown): string {
  return redactText(describe(thrown, new Set(), 0, false).slice(0, MAX_TEXT))
}

/** @param explained true below an error with a code of ours, which tells already what has happened */
function describe(thrown: unknown, seen: Set<unknown>, depth: number, explained: boolean): string {
  const error = errorOf(thrown)
  seen.add(thrown).add(error)
  const lines = [ownText(error, explained)]
  const next = (label: string, inner: unknown) => {
    if (seen.has(inner) || (isExpected(error) && isSystemError(inner))) return
    const isRepeated =
      isExpected(error) && isExpected(inner) && lines[0]!.includes(reasonOf(messageOf(inner)))
    if (isRepeated) seen.add(inner)
    const further = isRepeated ? property(inner, 'cause') : inner
    if (further === undefined || further === null || seen.has(further)) return
    if (depth === MAX_DEPTH) lines.push(`${label}: …`)
    else if (!isError(further)) lines.push(`${label}: ${messageOf(further)}`)
    else lines.push(`${label}: ${describe(further, seen, depth + 1, isExpected(error))}`)
  }
  const inner = innerErrors(error)
  for (const one of inner.slice(0, MAX_INNER)) next('  inner error', one)
  if (inner.length > MAX_INNER) lines.push(`  inner errors: ${inner.length - MAX_INNER} more`)
  const cause = property(error, 'cause')
  // The message contains a thrown value that is not an error.
  const isInMessage = error instanceof ThrownValueError && !isError(cause)
  if (cause !== undefined && cause !== null && !isInMessage) next('caused by', cause)
  return lines.join('\n')
}

/** Returns what follows `Cannot <verb> <thing>:`, which another error may say of the thing. */
function reasonOf(message: string): string {
  return message.replace(/^Cannot [^:]*: (?:it )?/, '')
}

function ownText(error: Error, explained: boolean): string {
  const code = property(error, 'code')
  const suffix = (text: string) =>
    (typeof code === 'string' || typeof code === 'number') && !text.includes(String(code)) ? ` [${code}]` : ''
  const message = messageOf(error)
  if (isExpected(error)) return `${message}${suffix(message)}`
  const [head = message, ...lines] = userStack(error).split('\n')
  // Frames of the framework and of Node.js alone say nothing about an error that is explained.
  const rest = explained && !lines.some(isForeignFrame) ? lines.filter((line) => !isFrame(line)) : lines
  return [`${head}${suffix(`${head}${rest.join('')}`)}`, ...rest].join('\n')
}

/** Reports whether an error has a `MYFY_` code, from any copy of the package. Its message needs no stack. */
export function isExpected(error: unknown): boolean {
  if (!isError(error)) return false
  if (error instanceof MyfyError) return true
  const code = property(error, 'code')
  return typeof code === 'string' && /^(MYFY|DI|WEB)_/.test(code)
}

/**
 * Reports whether an error is that of a system call, which an expected error around it explains, and was not made by
 * the user's code.
 */
function isSystemError(error: unknown): boolean {
  if (!isError(error)) return false
  const isOfCall =
    typeof property(error, 'syscall') === 'string' && typeof property(error, 'errno') === 'number'
  return isOfCall && !userStack(error).split('\n').some(isForeignFrame)
}

/** Returns the stack of an error for a log: that of the user's code, and none for an error that explains itself. */
export function loggedStack(error: Error): string {
  const stack = userStack(error)
  if (!isExpected(error) && !isSystemError(error)) return stack
  return stack
    .split('\n')
    .filter((line) => !isFrame(line) || isForeignFrame(line))
    .join('\n')
}

/**
 * Removes the frames that are not the user's from the stack of an error whose message tells all: a time limit that has
 * passed, a server that is away. Returns the error.
 */
export function keepUserFrames<E>(error: E): E {
  const stack = property(error, 'stack')
  if (!isError(error) || typeof stack !== 'string') return error
  const kept = stack.split('\n').filter((line) => !isFrame(line) || isUserFrame(line))
  // Fails for a frozen error.
  Reflect.set(error, 'stack', kept.join('\n'))
  return error
}

/** Returns the stack of an error up to the frames of the framework that called the user's code. */
export function userStack(error: Error): string {
  const stack = property(error, 'stack')
  return typeof stack === 'string' && stack !== '' ? cutStack(stack) : messageOf(error)
}

/** Reports whether a frame is in code of the user or of a dependency. */
function isForeignFrame(line: string): boolean {
  const file = framePlace(line)?.file
  return file !== undefined && !file.startsWith('node:') && !isFrameworkFile(file)
}

/** Reports whether a frame is in Node.js itself. */
function isNodeFrame(line: string): boolean {
  return isFrame(line) && framePlace(line)?.file.startsWith('node:') === true
}

/** Returns a stack up to the frames of the framework that called the user's code, without those of Node.js below it. */
export function cutStack(stack: string): string {
  const lines = stack.split('\n')
  const first = lines.findIndex(isUserFrame)
  if (first < 0) return stack
  const end = lines.findIndex((line, i) => i > first && isFrameworkFile(framePlace(line)?.file ?? ''))
  const own = lines.slice(0, end < 0 ? undefined : end)
  return own.filter((line, i) => i < first || !isNodeFrame(line)).join('\n')
}
