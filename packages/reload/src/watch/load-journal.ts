// The files that child processes and threads of an application load. They are not part of its module graph.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TemporaryDirectoryError } from '../errors.ts'
import type { FileWatcher } from './change-listener.ts'
import { createWatcher } from './file-watcher.ts'

/** A file with the hash of the content that was loaded. */
export type LoadedFile = readonly [file: string, hash: string]

/** Reports a file to the supervisor. A program that ends immediately reports it, too. */
export function appendToJournal(journal: string, file: string, hash: string): void {
  try {
    appendFileSync(journal, `${JSON.stringify([file, hash])}\n`)
  } catch {
    // The supervisor has ended.
  }
}

/** The supervisor's end of a journal: a file that children append to. */
export class LoadJournal {
  /** The path of the journal. */
  readonly file: string
  readonly #watcher: FileWatcher
  readonly #loaded: (files: readonly LoadedFile[]) => void
  #size = 0

  /**
   * @param poll - the interval of polling, in ms, in place of file system events
   * @throws TemporaryDirectoryError
   */
  constructor(loaded: (files: readonly LoadedFile[]) => void, poll: number | undefined) {
    this.#loaded = loaded
    this.file = path.join(temporaryDirectory(), 'loaded.jsonl')
    this.#watcher = createWatcher(() => this.#read(), { poll })
    this.#watcher.watch([this.file])
  }

  close(): void {
    this.#watcher.close()
    rmSync(path.dirname(this.file), { recursive: true, force: true })
  }

  #read(): void {
    let text: string
    try {
      text = readFileSync(this.file, 'utf8').slice(this.#size)
    } catch {
      return
    }
    const complete = text.slice(0, text.lastIndexOf('\n') + 1)
    this.#size += complete.length
    const lines = complete.split('\n').filter(Boolean)
    if (lines.length > 0) this.#loaded(lines.map((line) => JSON.parse(line)))
  }
}

function temporaryDirectory(): string {
  try {
    return mkdtempSync(path.join(tmpdir(), 'myfy-reload-'))
  } catch (error) {
    throw new TemporaryDirectoryError(tmpdir(), error as Error)
  }
}
