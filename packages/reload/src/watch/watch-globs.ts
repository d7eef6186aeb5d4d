// The globs of `--watch` and `--ignore`, in the forms that people write them.

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { statusOf } from './file-status.ts'

const require = createRequire(import.meta.url)

/** Directories that a glob never enters. */
const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set(['node_modules', '.git'])

/**
 * A glob relative to a directory: `views/**`, `./views/*.html`, `../shared/*.sql`, an absolute one, a file, or a
 * directory, which includes everything below it.
 *
 * The part before the first wildcard is a path and is compared as such, so that brackets in the name of the project
 * are not taken for a pattern.
 */
export class WatchGlob {
  /** The glob as it was written. */
  readonly pattern: string
  /** The absolute path before the first wildcard. */
  readonly base: string
  /** Matches a path relative to the base; undefined for a pattern without a wildcard. */
  readonly #matches: ((relative: string) => boolean) | undefined

  constructor(cwd: string, pattern: string) {
    this.pattern = pattern
    // Loaded with the first glob. An import would delay the start of every application, most of which name none.
    const picomatch: typeof import('picomatch') = require('picomatch')
    const { base, glob } = picomatch.scan(path.sep === '\\' ? pattern.replaceAll('\\', '/') : pattern)
    this.base = path.resolve(cwd, base)
    this.#matches = glob === '' ? undefined : picomatch(glob, { dot: true })
  }

  /** Reports whether a file matches. */
  matches(file: string): boolean {
    const relative = path.relative(this.base, file)
    const below = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
    if (!below) return false
    if (this.#matches === undefined) return true
    return relative !== '' && this.#matches(relative.split(path.sep).join('/'))
  }

  /** Lists the matching files and every directory that may receive one. */
  scan(): { files: string[]; directories: string[] } {
    // A file is watched through its directory.
    if (statusOf(this.base)?.isDirectory() === false) {
      return { files: this.matches(this.base) ? [this.base] : [], directories: [path.dirname(this.base)] }
    }
    const files: string[] = []
    const directories: string[] = []
    const visit = (directory: string) => {
      directories.push(directory)
      for (const entry of entriesOf(directory)) {
        const file = path.join(directory, entry.name)
        if (entry.isDirectory()) {
          if (!SKIPPED_DIRECTORIES.has(entry.name)) visit(file)
        } else if (this.matches(file)) files.push(file)
      }
    }
    visit(this.base)
    return { files, directories }
  }
}

/** Compiles the globs of one option. */
export function watchGlobs(cwd: string, patterns: readonly string[]): WatchGlob[] {
  return patterns.map((pattern) => new WatchGlob(cwd, pattern))
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}
