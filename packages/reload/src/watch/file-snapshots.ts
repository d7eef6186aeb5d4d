// The contents of the application's own files: those of the last good version, and those that have been saved since.

import { readFileSync } from 'node:fs'
import { contentHash } from '../content-hash.ts'
import { isLink } from './file-status.ts'

/** A file as a worker has read it. */
export interface FileSnapshot {
  readonly file: string
  readonly hash: string
  readonly source: string
}

/** The state of files that may have been saved. */
export interface Inspection {
  /** The files that differ from the last good version. */
  readonly changed: readonly string[]
  /** The files that differ from the last attempt, too. */
  readonly saved: readonly string[]
  /** The changed files that are empty or missing at this moment, for example because an editor is writing them. */
  readonly unsettled: readonly string[]
}

/** The hash of a file that does not exist. */
const MISSING = ''
const EMPTY = contentHash('')

/** The contents of the application's own files. */
export class FileSnapshots {
  #lastGood = new Map<string, FileSnapshot>()
  /** The hashes of the files that attempts have read since. */
  readonly #read = new Map<string, string>()
  /** Files that differed from the last good version when they were inspected. */
  readonly #pending = new Set<string>()
  #attempted = new Map<string, string>()
  /** The files of the last good version that were loaded by the name of a symbolic link. */
  readonly #links = new Set<string>()

  /** Every file that the last good version or a failed attempt has read. */
  get files(): string[] {
    return [...new Set([...this.#lastGood.keys(), ...this.#read.keys(), ...this.#pending])]
  }

  /** The last good version, with which a new process is prepared. */
  get lastGood(): ReadonlyMap<string, FileSnapshot> {
    return this.#lastGood
  }

  /** The files that attempts have read and that were saved since. */
  get outdated(): string[] {
    return [...this.#read].filter(([file, hash]) => this.#currentHash(file) !== hash).map(([file]) => file)
  }

  has(file: string): boolean {
    return this.#lastGood.has(file) || this.#read.has(file) || this.#pending.has(file)
  }

  /** Records what a worker has read, for whichever attempt. */
  read(files: ReadonlyArray<Pick<FileSnapshot, 'file' | 'hash'>>): void {
    for (const { file, hash } of files) this.#read.set(file, hash)
  }

  /**
   * Makes the application that serves now the last good version. Returns the contents that are new in it.
   *
   * @param loaded - the contents in which it differs from the former one
   * @param files - all its files; those of the former one by default
   */
  commit(
    loaded: readonly FileSnapshot[],
    files: readonly string[] = [...this.#lastGood.keys()],
  ): Array<readonly [string, string]> {
    const before = this.#lastGood
    this.#lastGood = new Map(files.flatMap((file) => before.get(file) ?? []).map((one) => [one.file, one]))
    const own = new Set(files)
    const fresh = this.extend(loaded.filter(({ file }) => own.has(file)))
    this.#read.clear()
    // A file may have been saved again while the attempt ran. One that is no longer part of the application is not.
    for (const file of this.#pending) {
      if (!this.#lastGood.has(file) || this.#currentHash(file) === this.#lastGoodHash(file))
        this.#pending.delete(file)
    }
    return fresh
  }

  /** Adds files to the last good version. Returns the contents that are new in it. */
  extend(loaded: readonly FileSnapshot[]): Array<readonly [string, string]> {
    return loaded.flatMap((snapshot) => {
      const { file, hash, source } = snapshot
      const known = this.#lastGood.get(file)
      this.#lastGood.set(file, snapshot)
      if (!known && isLink(file)) this.#links.add(file)
      return hash === known?.hash ? [] : [[file, source] as const]
    })
  }

  /** Compares files that may have been saved, and those that differed before, with the last good version. */
  inspect(files: Iterable<string>): Inspection {
    for (const file of files) if (this.has(file)) this.#pending.add(file)
    const hashes = new Map([...this.#pending].map((file) => [file, this.#currentHash(file)]))
    for (const [file, hash] of hashes) {
      if (hash !== this.#lastGoodHash(file)) continue
      this.#pending.delete(file)
      hashes.delete(file)
    }
    const changed = [...hashes.keys()]
    const reverted = [...this.#attempted.keys()].filter((file) => !hashes.has(file))
    const others = changed.filter((file) => !this.#wasAttempted(file, hashes.get(file)!))
    const unsettled = changed.filter((file) => isUnwritten(hashes.get(file)!))
    return { changed, saved: [...reverted, ...others], unsettled }
  }

  /** Records that an attempt with the current content of these files has begun. */
  markAttempted(files: readonly string[]): void {
    // It uses the others as they are in the last good version, whatever an earlier attempt has read.
    for (const file of [...this.#lastGood.keys(), ...files]) this.#read.delete(file)
    this.#attempted = new Map(files.map((file) => [file, this.#currentHash(file)]))
  }

  /** Records that no attempt begins for the current content of these files, as if one had. */
  markSeen(files: readonly string[]): void {
    for (const file of files) if (this.has(file)) this.#attempted.set(file, this.#currentHash(file))
  }

  /**
   * An attempt reads the files that were saved, and at a first start every other one. What it has read counts: a tool may
   * write a file again with the same content, and the attempt may find it empty meanwhile.
   */
  #wasAttempted(file: string, hash: string): boolean {
    return (this.#read.get(file) ?? this.#attempted.get(file)) === hash
  }

  /** A file that has become a symbolic link differs: from now on its target is a part of the application. */
  #currentHash(file: string): string {
    const hash = currentHash(file)
    return hash !== MISSING && !this.#links.has(file) && isLink(file) ? `${hash} link` : hash
  }

  /** A file that is not part of the last good version counts as missing in it. */
  #lastGoodHash(file: string): string {
    return this.#lastGood.get(file)?.hash ?? MISSING
  }
}

/** Returns the hash of a file's present content; empty if the file does not exist. */
export function currentHash(file: string): string {
  try {
    // Decoded as a worker reads it: a file in another encoding has the same hash here and there.
    return contentHash(readFileSync(file, 'utf8'))
  } catch {
    return MISSING
  }
}

/** Reports whether a hash is that of a file which is empty or does not exist: an editor may be writing it. */
export function isUnwritten(hash: string): boolean {
  return hash === MISSING || hash === EMPTY
}

/** Reports whether the file does not exist at this moment. */
export function isMissing(file: string): boolean {
  return currentHash(file) === MISSING
}
