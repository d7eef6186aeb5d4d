// Stack traces that point into the sources.

import { SourceMap } from 'node:module'
import type { CompiledModule } from './transformer.ts'

/** What knows the modules that run: a runner. */
export interface TraceSource {
  /** What was compiled last under this name. */
  compiled(file: string): CompiledModule | undefined
  readonly transformer: { sourceMap(file: string, source: string): object }
}

/** Maps the stack traces of this process until disposed. Maps are made when a stack is read for the first time. */
export function mapStackTraces(runner: TraceSource): Disposable {
  const maps = new WeakMap<CompiledModule, SourceMap>()
  const mapOf = (compiled: CompiledModule) => {
    const known = maps.get(compiled)
    if (known) return known
    const map = new SourceMap(runner.transformer.sourceMap(compiled.file, compiled.source) as never)
    maps.set(compiled, map)
    return map
  }
  const position = (frame: NodeJS.CallSite): string => {
    const text = String(frame)
    const file = frame.getFileName()
    const compiled = file ? runner.compiled(file) : undefined
    if (!compiled) return text
    const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1]
    const entry = mapOf(compiled).findEntry(line - 1, column - 1)
    if (!('originalLine' in entry)) return text
    return text.replace(
      `${file}:${line}:${column}`,
      `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
    )
  }
  const before = Error.prepareStackTrace
  const prepare = (error: Error, frames: NodeJS.CallSite[]) => {
    if (!frames.some((frame) => runner.compiled(frame.getFileName() ?? ''))) {
      if (before) return before(error, frames)
    }
    return [headline(error), ...frames.map((frame) => `    at ${position(frame)}`)].join('\n')
  }
  Error.prepareStackTrace = prepare
  return {
    [Symbol.dispose]() {
      if (Error.prepareStackTrace === prepare) Error.prepareStackTrace = before as typeof prepare
    },
  }
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
