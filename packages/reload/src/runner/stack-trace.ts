// Stack traces that point to the sources.

import { createHash } from 'node:crypto'
import { SourceMap } from 'node:module'
import type { CompiledModule } from '../compile/compiled-module.ts'

/** Knows the modules that run. */
export interface TraceSource {
  /** Returns the compiled version of a file that has this script, or the latest one. */
  compiled(file: string, hasScript?: (script: string) => boolean): CompiledModule | undefined
}

/** Since V8 9: a SHA-256 of the script. It tells the versions of a file apart. */
type CallSite = NodeJS.CallSite & { getScriptHash?(): string }

type PrepareStackTrace = (error: Error, frames: NodeJS.CallSite[]) => unknown

/** A place in a source. */
interface Place {
  readonly line: number
  readonly column: number
}

/**
 * Maps the stack traces of this process until disposed. A source map is made when a stack is read. A function that the
 * application sets as `Error.prepareStackTrace` receives mapped frames.
 */
export function mapStackTraces(source: TraceSource): Disposable {
  const maps = new WeakMap<CompiledModule, SourceMap | null>()
  const hashes = new Map<string, string>()
  const mapOf = (compiled: CompiledModule) => {
    const known = maps.get(compiled)
    if (known !== undefined) return known
    const raw = compiled.sourceMap()
    const map = raw ? new SourceMap(raw as never) : null
    maps.set(compiled, map)
    return map
  }
  /** Returns null for a place in what the compiler adds, for example the getter of an export. */
  const placeOf = (frame: CallSite): Place | null | undefined => {
    const file = frame.getFileName()
    if (!file || !source.compiled(file)) return undefined
    const compiled = source.compiled(file, (script) => sha256(script) === frame.getScriptHash?.())
    const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1]
    const entry = compiled && mapOf(compiled)?.findEntry(line - 1, column - 1)
    if (!entry) return undefined
    if (!('originalLine' in entry)) return null
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
  }
  const mapped = (frame: NodeJS.CallSite) => {
    const place = placeOf(frame)
    return place ? mappedFrame(frame, place) : frame
  }
  const before = Error.prepareStackTrace
  const prepare: PrepareStackTrace = (error, frames) => {
    if (before && !frames.some((frame) => source.compiled(frame.getFileName() ?? '')))
      return before(error, frames)
    nameImports(error)
    const written = frames.filter((frame) => placeOf(frame) !== null)
    return [headline(error), ...written.map((frame) => `    at ${mapped(frame)}`)].join('\n')
  }
  /** The functions of the application, which set back the one that they have read. */
  const wrapped = new WeakSet<PrepareStackTrace>()
  let current = prepare
  const set = (value: unknown) => {
    if (typeof value !== 'function') current = prepare
    else if (value === prepare || wrapped.has(value as PrepareStackTrace))
      current = value as PrepareStackTrace
    else {
      const custom = value as PrepareStackTrace
      current = (error, frames) => custom.call(Error, error, frames.map(mapped))
      wrapped.add(current)
    }
  }
  Object.defineProperty(Error, 'prepareStackTrace', { get: () => current, set, configurable: true })
  return {
    [Symbol.dispose]() {
      Object.defineProperty(Error, 'prepareStackTrace', { value: before, configurable: true, writable: true })
    },
  }

  function sha256(script: string): string {
    const known = hashes.get(script)
    if (known !== undefined) return known
    // Enough for the frames of a few stacks.
    if (hashes.size > 200) hashes.clear()
    const hash = createHash('sha256').update(script).digest('hex')
    hashes.set(script, hash)
    return hash
  }
}

/** Copies a frame with another place: the methods of a frame work on the frame itself only. */
function mappedFrame(frame: NodeJS.CallSite, { line, column }: Place): NodeJS.CallSite {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(frame)) as Array<keyof NodeJS.CallSite>
  const copy = Object.fromEntries(
    methods.map((name) => [name, () => Reflect.apply(frame[name] as () => unknown, frame, [])]),
  )
  const [rawLine, rawColumn, file] = [frame.getLineNumber(), frame.getColumnNumber(), frame.getFileName()]
  // `Object.fromEntries` knows no names; the copy has all methods of a frame.
  return Object.assign(copy as unknown as NodeJS.CallSite, {
    getLineNumber: () => line,
    getColumnNumber: () => column,
    toString: () => String(frame).replace(`${file}:${rawLine}:${rawColumn}`, `${file}:${line}:${column}`),
  })
}

/** An import as the compiled code names it: `__vite_ssr_import_0__.read`, in a call `(0 , __vite_ssr_import_0__.read)`. */
const COMPILED_IMPORT =
  /\(0 ?, ?__vite_ssr_import_\d+__\.([\p{ID_Continue}$]+)\)|__vite_ssr_import_\d+__\.(?=[\p{ID_Continue}$])/gu

/** Names the imports in the message of an error as the source does. V8 has composed it from the compiled code. */
function nameImports(error: Error): void {
  const message = Object.getOwnPropertyDescriptor(error, 'message')
  if (typeof message?.value !== 'string' || !message.writable) return
  if (message.value.includes('__vite_ssr_import_'))
    error.message = message.value.replace(COMPILED_IMPORT, (_, called: string | undefined) => called ?? '')
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
