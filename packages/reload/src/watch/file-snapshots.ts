// Which content the last good version had, which one was tried last, and so: what has really changed.

import { readFileSync } from 'node:fs'
import { hashOf } from '../runner/transformer.ts'

/** A file as it was loaded. */
export interface Content {
  readonly hash: string
  readonly source: string
}

/** What a look at saved files showed. */
export interface Look {
  /** The files that differ from the last good version. */
  readonly changed: readonly string[]
  /** Whether that is anything else than what was tried last. */
  readonly news: boolean
  /** The files that are empty or gone at this moment: an editor at work, or really so. */
  readonly doubtful: readonly string[]
}

/** The contents of the application's own files. */
export class Contents {
  #good = new Map<string, Content>()
  readonly #loaded = new Map<string, Content>()
  readonly #pending = new Set<string>()
  #tried = new Map<string, string>()

  /** Every file that the good version or a failed attempt has read. */
  get files(): string[] {
    return [...new Set([...this.#good.keys(), ...this.#loaded.keys(), ...this.#pending])]
  }

  /** The good version: what a fresh process is prepared with. */
  get good(): ReadonlyMap<string, Content> {
    return this.#good
  }

  has(file: string): boolean {
    return this.#good.has(file) || this.#loaded.has(file) || this.#pending.has(file)
  }

  /** A process has read this. */
  loaded(file: string, content: Content): void {
    this.#loaded.set(file, content)
  }

  /** What was loaded serves: it is the good version now. Returns what is new in it. */
  commit(files: readonly string[] = [...this.#good.keys()]): Array<readonly [string, string]> {
    const fresh: Array<readonly [string, string]> = []
    const before = this.#good
    this.#good = new Map()
    for (const file of files) {
      const known = before.get(file)
      const content = this.#loaded.get(file) ?? known
      if (!content) continue
      this.#good.set(file, content)
      if (content.hash !== known?.hash) fresh.push([file, content.source])
    }
    this.#loaded.clear()
    // A file may have been saved again while the attempt ran.
    for (const file of this.#pending) if (hashNow(file) === this.#goodHash(file)) this.#pending.delete(file)
    return fresh
  }

  /** Looks at files that may have been saved. */
  look(files: Iterable<string>): Look {
    for (const file of files) if (this.has(file)) this.#pending.add(file)
    const hashes = new Map([...this.#pending].map((file) => [file, hashNow(file)]))
    for (const [file, hash] of hashes) {
      if (hash === this.#goodHash(file)) {
        this.#pending.delete(file)
        hashes.delete(file)
      }
    }
    const news =
      hashes.size !== this.#tried.size || [...hashes].some(([file, hash]) => this.#tried.get(file) !== hash)
    const doubtful = [...hashes].flatMap(([file, hash]) => (hash === '' || hash === emptyHash ? [file] : []))
    return { changed: [...hashes.keys()], news, doubtful }
  }

  /** These are being tried. */
  tried(files: readonly string[]): void {
    this.#tried = new Map(files.map((file) => [file, hashNow(file)]))
  }

  /** Empty for a file that the good version does not have, like that of a file that is gone. */
  #goodHash(file: string): string {
    return this.#good.get(file)?.hash ?? ''
  }
}

const emptyHash = hashOf('')

/** The hash of a file as it is now; empty if it is gone. */
export function hashNow(file: string): string {
  try {
    return hashOf(readFileSync(file))
  } catch {
    return ''
  }
}

/** Whether the file is not there at this moment. */
export function isGone(file: string): boolean {
  return hashNow(file) === ''
}
