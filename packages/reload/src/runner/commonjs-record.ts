// CommonJS of the application itself: Node loads it, but it is loaded anew when it changes.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { GraphNode } from './module-graph.ts'
import type { Importable } from './module-record.ts'

/** A CommonJS file with the files of the application that it requires. */
export class CommonJsRecord implements GraphNode, Importable {
  readonly file: string
  readonly imports = new Set<string>()
  exports: object = {}
  complete = false
  readonly #found: (file: string, source: string) => void

  constructor(file: string, found: (file: string, source: string) => void) {
    this.file = file
    this.#found = found
  }

  evaluate(): void {
    if (this.complete) return
    const require = createRequire(this.file)
    for (const file of ownFiles(require.cache, this.file)) delete require.cache[file]
    const value: unknown = require(this.file)
    const named = typeof value === 'object' || typeof value === 'function' ? value : {}
    this.exports = Object.freeze({ __proto__: null, ...named, default: value })
    for (const file of ownFiles(require.cache, this.file)) {
      if (file === this.file) continue
      this.imports.add(file)
      this.#found(file, readFileSync(file, 'utf8'))
    }
    this.complete = true
  }
}

/** Whether a `.js` file without a declared type is written as a module, as Node itself finds out. */
export function looksLikeModule(source: string): boolean {
  return /^[ \t]*(?:import\b(?!\s*\()|export\b)/m.test(source)
}

function ownFiles(cache: NodeJS.Dict<NodeJS.Module>, root: string, seen = new Set<string>()): Set<string> {
  const module = cache[root]
  if (!module || seen.has(root) || root.includes(`${path.sep}node_modules${path.sep}`)) return seen
  seen.add(root)
  for (const child of module.children) ownFiles(cache, child.id, seen)
  return seen
}
