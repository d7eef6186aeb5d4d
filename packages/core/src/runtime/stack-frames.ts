// Stack frames: their place, and whether they belong to the user.

import { readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place in a source file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** The nearest package of each directory that was asked for. */
const packages = new Map<string, Package | undefined>()

interface Package {
  readonly directory: string
  readonly name: unknown
}

/**
 * Reports whether a file belongs to a package of this framework: the package.json above it has such a name, and the file lies in `src` or
 * `dist`. The location alone says nothing: in this repository the packages lie beside the user's code, and a user's
 * workspace may have packages in folders called `core` or `web`.
 *
 * @param file a path or a `file:` URL
 */
export function isFrameworkFile(file: string): boolean {
  const path = pathOf(file)
  if (path === undefined) return false
  const owner = packageOf(dirname(path))
  if (typeof owner?.name !== 'string' || !owner.name.startsWith('@myfy/')) return false
  const [folder] = relative(owner.directory, path).split(sep)
  return folder === 'src' || folder === 'dist'
}

/** Reports whether a file is the user's: not of Node.js, not of a dependency, not of this framework. */
export function isUserFile(file: string): boolean {
  if (file.startsWith('node:') || file.includes('<anonymous>')) return false
  const path = pathOf(file)
  if (path === undefined || !/^([\\/]|[A-Za-z]:)/.test(path)) return false
  return !/[\\/]node_modules[\\/]/.test(path) && !isFrameworkFile(path)
}

/** Reports whether a line of a stack is a frame. */
export function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

/** Returns the lines of a stack that are frames. */
export function stackFrames(stack: string): readonly string[] {
  return stack.split('\n').filter(isFrame)
}

/** Returns the place of a frame: `    at async start (file:///app/src/app.ts:3:7)`. */
export function framePlace(frame: string): SourcePlace | undefined {
  // With a function the place stands in parentheses, which may stand in its path as well.
  const place = /^\s+at .*?\((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s+at (?:async )?/, '')
  const match = /^(.+?):(\d+):(\d+)$/.exec(place)
  const file = match ? pathOf(match[1]!) : undefined
  return file === undefined || !match ? undefined : { file, line: Number(match[2]), column: Number(match[3]) }
}

/** Reports whether a frame is in the user's own code. */
export function isUserFrame(frame: string): boolean {
  const place = framePlace(frame)
  return place !== undefined && isUserFile(place.file)
}

/** Returns the path of a `file:` URL or a path, without a query; undefined for a URL that names no file. */
export function pathOf(file: string): string | undefined {
  if (!file.startsWith('file:')) return file.replace(/\?.*$/, '')
  try {
    return fileURLToPath(file.replace(/[?#].*$/, ''))
  } catch {
    return undefined
  }
}

function packageOf(directory: string): Package | undefined {
  if (packages.has(directory)) return packages.get(directory)
  const parent = dirname(directory)
  const name = nameIn(join(directory, 'package.json'))
  // A package.json without a name only marks a folder of a package (`{ "type": "module" }`).
  const found =
    name !== undefined ? { directory, name } : parent === directory ? undefined : packageOf(parent)
  packages.set(directory, found)
  return found
}

function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name
  } catch {
    return undefined
  }
}

// The calls of code that a stop waits for: a hook, a task, a request. Such code must not wait for the stop in turn.

/** Calls code that a stop waits for. */
export function callInFlight<A, B, T>(run: (first: A, second: B) => T, first: A, second: B): T {
  return run(first, second)
}

/** Awaits the result of code that a stop waits for, and continues with it. `begun` is called at once. */
export async function awaitInFlight<T, U>(
  value: T | PromiseLike<T>,
  next: (value: T) => U,
  begun?: () => void,
): Promise<U> {
  begun?.()
  return next(await value)
}

const ignore = (): void => {}

/** A part of a stack as V8 describes it; the types of Node.js lack the two methods. */
interface Frame {
  getScriptNameOrSourceURL(): string | null
  getEnclosingLineNumber?(): number
  getEnclosingColumnNumber?(): number
}

/**
 * Reports whether the caller runs in `callInFlight` or is awaited by `awaitInFlight`, directly or along further awaits. The
 * stack shows it: V8 follows `await` in it. Unlike AsyncLocalStorage, it costs nothing until it is read. The functions are
 * recognized by their places, so that a minifier may rename them. The callback of a timer, of an event emitter or of
 * `then` has another stack, and is not recognized.
 */
export function isInFlight(): boolean {
  const marks = new Set<string>()
  const mark = () => void marks.add(placeOf(framesFrom(mark)[0]))
  callInFlight(mark, undefined, undefined)
  void awaitInFlight(undefined, ignore, mark)
  return framesFrom(isInFlight).some((frame) => marks.has(placeOf(frame)))
}

/** Returns the stack that called a function. */
function framesFrom(callee: (...args: never[]) => unknown): readonly Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const trace: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY
    Error.prepareStackTrace = (_, frames) => frames
    Error.captureStackTrace(trace, callee)
    // V8 prepares the stack when it is read.
    return Array.isArray(trace.stack) ? trace.stack : []
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Returns the file and the beginning of the function of a frame. */
function placeOf(frame: Frame | undefined): string {
  const line = frame?.getEnclosingLineNumber?.()
  return `${frame?.getScriptNameOrSourceURL()}:${line}:${frame?.getEnclosingColumnNumber?.()}`
}
