// Says which files may have changed: watches the directories that hold them, or looks at them every 100 ms.

import { type FSWatcher, type Stats, statSync, watch } from 'node:fs'
import path from 'node:path'

/** Called with the absolute path of something that may have changed. */
export type ChangeListener = (file: string) => void

/** Watches a set of files that may be replaced at any time. */
export interface FileWatcher {
  /** From now on these files (whether they exist or not) and these directories count. */
  watch(files: Iterable<string>, directories?: Iterable<string>): void
  close(): void
}

/** With `poll`, for file systems without events: every so many ms. */
export function createWatcher(changed: ChangeListener, poll?: number): FileWatcher {
  return poll ? new PollingWatcher(changed, poll) : new DirectoryWatcher(changed)
}

/**
 * Watches directories, because a watch on a file goes blind when an editor saves by renaming. Only those that hold
 * a file of interest: it stays fast whatever else lies around.
 */
class DirectoryWatcher implements FileWatcher {
  readonly #changed: ChangeListener
  readonly #watched = new Map<string, { watcher: FSWatcher; inode: number }>()
  readonly #lost = new Set<string>()
  #files = new Set<string>()
  #directories = new Set<string>()

  constructor(changed: ChangeListener) {
    this.#changed = changed
  }

  watch(files: Iterable<string>, directories: Iterable<string> = []): void {
    this.#files = new Set(files)
    this.#directories = new Set(directories)
    this.#sync()
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close()
    this.#watched.clear()
  }

  #sync(): void {
    const wanted = new Set<string>()
    for (const file of this.#files) wanted.add(path.dirname(file))
    for (const directory of this.#directories) wanted.add(directory)
    const existing = new Set([...wanted].map(nearestExisting))
    const replaced = new Set<string>()
    for (const [directory, { watcher, inode }] of this.#watched) {
      const now = existing.has(directory) ? inodeOf(directory) : undefined
      if (now === inode && !this.#lost.has(directory)) continue
      watcher.close()
      this.#watched.delete(directory)
      replaced.add(directory)
    }
    this.#lost.clear()
    for (const directory of existing) if (!this.#watched.has(directory)) this.#open(directory)
    // What happened in it before it was watched again went unseen, and so did the loss of what was in one that is gone.
    for (const file of this.#files) if (replaced.has(path.dirname(file))) this.#changed(file)
  }

  #open(directory: string): void {
    try {
      const watcher = watch(directory, (type, name) => this.#event(directory, type, name))
      watcher.on('error', () => this.#sync())
      this.#watched.set(directory, { watcher, inode: inodeOf(directory) })
    } catch {
      // It went away in this moment; its parent tells when it is back.
    }
  }

  #event(directory: string, type: string, name: string | null) {
    if (name === null) return
    const file = path.join(directory, name)
    if (this.#files.has(file) || this.#directories.has(directory)) return this.#changed(file)
    if (type !== 'rename') return
    // The watched directory itself went away; it may be back already, under the same inode.
    if (name === path.basename(directory)) this.#lost.add(directory)
    // A directory came or went, perhaps with files of ours: a branch was switched, a folder moved.
    this.#directoryEvent(file)
  }

  #directoryEvent(directory: string): void {
    const prefix = directory + path.sep
    const inside = [...this.#files].filter((file) => file.startsWith(prefix))
    const self = this.#watched.has(directory) || this.#watched.has(path.dirname(directory))
    if (inside.length === 0 && !self) return
    this.#sync()
    for (const file of inside) this.#changed(file)
  }
}

class PollingWatcher implements FileWatcher {
  readonly #changed: ChangeListener
  readonly #timer: NodeJS.Timeout
  #files = new Map<string, string>()

  constructor(changed: ChangeListener, ms: number) {
    this.#changed = changed
    this.#timer = setInterval(() => this.#look(), ms)
  }

  watch(files: Iterable<string>): void {
    const known = this.#files
    this.#files = new Map([...files].map((file) => [file, known.get(file) ?? stampOf(file)]))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    for (const [file, stamp] of this.#files) {
      const now = stampOf(file)
      if (now === stamp) continue
      this.#files.set(file, now)
      this.#changed(file)
    }
  }
}

function stampOf(file: string): string {
  const stats = stat(file)
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : ''
}

function inodeOf(directory: string): number {
  return stat(directory)?.ino ?? 0
}

function stat(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false })
}

function nearestExisting(directory: string): string {
  let nearest = directory
  while (!stat(nearest)?.isDirectory() && nearest !== path.dirname(nearest)) nearest = path.dirname(nearest)
  return nearest
}
