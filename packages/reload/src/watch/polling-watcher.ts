// Watches files and directories by looking at them, for file systems without events.

import path from 'node:path'
import type { ChangeListener, FileWatcher } from './change-listener.ts'
import { namesIn, statusOf } from './file-status.ts'

/** Compares time, size and inode of the files and of the entries of the directories at an interval. */
export class PollingWatcher implements FileWatcher {
  readonly #changed: ChangeListener
  readonly #timer: NodeJS.Timeout
  #files = new Map<string, string>()
  #directories = new Map<string, Map<string, string>>()
  #started = false

  constructor(changed: ChangeListener, ms: number) {
    this.#changed = changed
    this.#timer = setInterval(() => this.#compare(), ms)
  }

  watch(files: Iterable<string>, directories: Iterable<string> = []): void {
    const [knownFiles, knownDirectories] = [this.#files, this.#directories]
    this.#files = new Map([...files].map((file) => [file, knownFiles.get(file) ?? stampOf(file)]))
    this.#directories = new Map(
      [...directories].map((directory) => [
        directory,
        knownDirectories.get(directory) ?? (this.#started ? new Map() : entryStamps(directory)),
      ]),
    )
    this.#started = true
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #compare(): void {
    const changed = new Set<string>()
    for (const [file, stamp] of this.#files) {
      const now = stampOf(file)
      if (now === stamp) continue
      this.#files.set(file, now)
      changed.add(file)
    }
    for (const [directory, before] of this.#directories) {
      const now = entryStamps(directory)
      for (const file of new Set([...before.keys(), ...now.keys()])) {
        if (before.get(file) !== now.get(file)) changed.add(file)
      }
      this.#directories.set(directory, now)
    }
    for (const file of changed) this.#changed(file)
  }
}

function entryStamps(directory: string): Map<string, string> {
  const files = namesIn(directory).map((name) => path.join(directory, name))
  return new Map(files.map((file) => [file, stampOf(file)]))
}

/** The identity of a file for polling. Of a directory only the inode counts: its entries are compared themselves. */
function stampOf(file: string): string {
  const stats = statusOf(file)
  if (!stats) return ''
  return stats.isDirectory() ? `${stats.ino}` : `${stats.mtimeMs} ${stats.size} ${stats.ino}`
}
