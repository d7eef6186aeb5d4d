// Which content the last good version had, which one was tried last, and so: what has really changed.

import { readFileSync } from 'node:fs'
import { hashOf } from '../runner/transformer.ts'

/** A file as it was loaded. */
export interface FileSnapshot {
  readonly hash: string
  readonly source: string
}

/** What a look at saved files showed. */
export interface Inspection {
  /** The files that differ from the last good version. */
  readonly changed: readonly string[]
  /** Whether that is anything else than what was tried last. */
  readonly isNew: boolean
  /** The files that are empty or gone at this moment: an editor at work, or really so. */
  readonly unsettled: readonly string[]
}

/** The contents of the application's own files. */
export class FileSnapshots {
  #lastGood = new Map<string, FileSnapshot>()
  readonly #loaded = new Map<string, FileSnapshot>()
  readonly #pending = new Set<string>()
  #attempted = new Map<string, string>()

  /** Every file that the good version or a failed attempt has read. */
  get files(): string[] {
    return [...new Set([...this.#lastGood.keys(), ...this.#loaded.keys(), ...this.#pending])]
  }

  /** The good version: what a fresh process is prepared with. */
  get lastGood(): ReadonlyMap<string, FileSnapshot> {
    return this.#lastGood
  }

  has(file: string): boolean {
    return this.#lastGood.has(file) || this.#loaded.has(file) || this.#pending.has(file)
  }

  /** A process has read this. */
  loaded(file: string, content: FileSnapshot): void {
    this.#loaded.set(file, content)
  }

  /** What was loaded serves: it is the good version now. Returns what is new in it. */
  commit(files: readonly string[] = [...this.#lastGood.keys()]): Array<readonly [string, string]> {
    const fresh: Array<readonly [string, string]> = []
    const before = this.#lastGood
    this.#lastGood = new Map()
    for (const file of files) {
      const known = before.get(file)
      const content = this.#loaded.get(file) ?? known
      if (!content) continue
      this.#lastGood.set(file, content)
      if (content.hash !== known?.hash) fresh.push([file, content.source])
    }
    this.#loaded.clear()
    // A file may have been saved again while the attempt ran.
    for (const file of this.#pending)
      if (currentHash(file) === this.#lastGoodHash(file)) this.#pending.delete(file)
    return fresh
  }

  /** Looks at files that may have been saved. */
  inspect(files: Iterable<string>): Inspection {
    for (const file of files) if (this.has(file)) this.#pending.add(file)
    const hashes = new Map([...this.#pending].map((file) => [file, currentHash(file)]))
    for (const [file, hash] of hashes) {
      if (hash === this.#lastGoodHash(file)) {
        this.#pending.delete(file)
        hashes.delete(file)
      }
    }
    const news =
      hashes.size !== this.#attempted.size ||
      [...hashes].some(([file, hash]) => this.#attempted.get(file) !== hash)
    const doubtful = [...hashes].flatMap(([file, hash]) => (hash === '' || hash === emptyHash ? [file] : []))
    return { changed: [...hashes.keys()], isNew: news, unsettled: doubtful }
  }

  /** These are being tried. */
  markAttempted(files: readonly string[]): void {
    this.#attempted = new Map(files.map((file) => [file, currentHash(file)]))
  }

  /** Empty for a file that the good version does not have, like that of a file that is gone. */
  #lastGoodHash(file: string): string {
    return this.#lastGood.get(file)?.hash ?? ''
  }
}

const emptyHash = hashOf('')

/** The hash of a file as it is now; empty if it is gone. */
export function currentHash(file: string): string {
  try {
    return hashOf(readFileSync(file))
  } catch {
    return ''
  }
}

/** Whether the file is not there at this moment. */
export function isMissing(file: string): boolean {
  return currentHash(file) === ''
}
