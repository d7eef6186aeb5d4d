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

/** Maps the stack traces of this process until disposed. A source map is made when a stack is read. */
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
  const position = (frame: CallSite): string => {
    const text = String(frame)
    const file = frame.getFileName()
    if (!file || !source.compiled(file)) return text
    const compiled = source.compiled(file, (script) => sha256(script) === frame.getScriptHash?.())
    const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1]
    const entry = compiled && mapOf(compiled)?.findEntry(line - 1, column - 1)
    if (!entry || !('originalLine' in entry)) return text
    const original = `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    return text.replace(`${file}:${line}:${column}`, original)
  }
  const before = Error.prepareStackTrace
  const prepare = (error: Error, frames: NodeJS.CallSite[]) => {
    if (before && !frames.some((frame) => source.compiled(frame.getFileName() ?? '')))
      return before(error, frames)
    return [headline(error), ...frames.map((frame) => `    at ${position(frame)}`)].join('\n')
  }
  Error.prepareStackTrace = prepare
  return {
    [Symbol.dispose]() {
      if (Error.prepareStackTrace === prepare) Error.prepareStackTrace = before as typeof prepare
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

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
