// JSON as a module: its value is the default export and `module.exports`, and its properties are named exports.

import { contentHash } from '../content-hash.ts'
import { SourceSyntaxError } from '../errors.ts'
import { locationAt } from '../source-location.ts'
import type { CompiledModule } from './compiled-module.ts'

/** @throws SourceSyntaxError */
export function compileJson(file: string, source: string): CompiledModule {
  const value = parseJson(file, source)
  return {
    file,
    hash: contentHash(source),
    source,
    script: source,
    imports: [],
    attributes: new Map(),
    isCommonJs: true,
    sourceMap: () => undefined,
    instantiate(scope) {
      const { exports } = scope
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) Object.assign(exports, value)
      Object.assign(exports, { default: value })
      return () => {
        scope.commonjs.module.exports = value
      }
    },
  }
}

/** @throws SourceSyntaxError */
export function parseJson(file: string, source: string): unknown {
  try {
    // A byte order mark is not a part of the text. Its place is kept for the position of an error.
    return JSON.parse(source.replace(/^\uFEFF/, ' '))
  } catch (error) {
    const { message } = error as Error
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? source.length)
    const offset = Buffer.byteLength(source.slice(0, position))
    throw new SourceSyntaxError(message, locationAt(file, source, offset), source)
  }
}
