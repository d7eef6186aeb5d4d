// Watches directories by file system events.

import { type FSWatcher, watch } from 'node:fs'
import path from 'node:path'
import type { ChangeListener, FileWatcher } from './change-listener.ts'
import { inodeOf, namesIn, nearestExisting, statusOf } from './file-status.ts'

/**
 * Watches directories, because a watch on a file is lost when an editor saves by renaming. Watches only those that
 * hold a watched file, and the directories that lead to them from the root of their package, so that a directory that
 * is moved away or created again is noticed.
 */
export class DirectoryWatcher implements FileWatcher {
  readonly #changed: ChangeListener
  readonly #failed: (error: NodeJS.ErrnoException) => void
  readonly #open = new Map<string, { watcher: FSWatcher; inode: number }>()
  readonly #packageRoots = new Map<string, string>()
  /** Directories whose watch ended, although another directory may have taken the name and even the inode. */
  readonly #stale = new Set<string>()
  #files = new Set<string>()
  #directories = new Set<string>()
  /** The directories to watch, existing or not. */
  #wanted = new Set<string>()
  #started = false

  constructor(changed: ChangeListener, failed: (error: NodeJS.ErrnoException) => void) {
    this.#changed = changed
    this.#failed = failed
  }

  watch(files: Iterable<string>, directories: Iterable<string> = []): void {
    this.#files = new Set(files)
    this.#directories = new Set(directories)
    const holders = new Set(this.#directories)
    for (const file of this.#files) holders.add(path.dirname(file))
    this.#wanted = new Set()
    for (const directory of holders) this.#wantFromPackageRoot(directory)
    this.#sync()
    this.#started = true
  }

  close(): void {
    for (const { watcher } of this.#open.values()) watcher.close()
    this.#open.clear()
    this.#wanted.clear()
  }

  #wantFromPackageRoot(directory: string): void {
    const root = this.#packageRootOf(directory)
    for (let wanted = directory; !this.#wanted.has(wanted); wanted = path.dirname(wanted)) {
      this.#wanted.add(wanted)
      if (wanted === root) return
    }
  }

  #packageRootOf(directory: string): string {
    const known = this.#packageRoots.get(directory)
    if (known !== undefined) return known
    let root = directory
    while (!statusOf(path.join(root, 'package.json'))) {
      if (root === path.dirname(root)) break
      root = path.dirname(root)
    }
    // Outside of every package only the directory itself is watched.
    if (root === path.dirname(root)) root = directory
    this.#packageRoots.set(directory, root)
    return root
  }

  /** Opens and closes watches until they fit the directories that exist, and reports what went unseen meanwhile. */
  #sync(): void {
    const reopened = new Set<string>()
    for (let existing = this.#existing(); !this.#fits(existing); existing = this.#existing()) {
      for (const [directory, { watcher, inode }] of this.#open) {
        const unchanged =
          existing.has(directory) && inodeOf(directory) === inode && !this.#stale.has(directory)
        if (unchanged) continue
        watcher.close()
        this.#open.delete(directory)
        reopened.add(directory)
      }
      this.#stale.clear()
      for (const directory of existing) {
        if (this.#open.has(directory)) continue
        if (!this.#openWatch(directory)) return
        reopened.add(directory)
      }
    }
    if (!this.#started) return
    for (const file of this.#files) if (reopened.has(path.dirname(file))) this.#changed(file)
    for (const directory of this.#directories) {
      if (!reopened.has(directory)) continue
      this.#changed(directory)
      for (const name of namesIn(directory)) this.#changed(path.join(directory, name))
    }
  }

  #existing(): Set<string> {
    return new Set([...this.#wanted].map(nearestExisting))
  }

  #fits(existing: ReadonlySet<string>): boolean {
    if (this.#stale.size > 0 || existing.size !== this.#open.size) return false
    for (const directory of existing) {
      if (this.#open.get(directory)?.inode !== inodeOf(directory)) return false
    }
    return true
  }

  /** Returns false if polling has taken over. */
  #openWatch(directory: string): boolean {
    const inode = inodeOf(directory)
    try {
      const watcher = watch(directory, (type, name) => this.#event(directory, type, name))
      watcher.on('error', () => {
        this.#stale.add(directory)
        this.#sync()
      })
      this.#open.set(directory, { watcher, inode })
      return true
    } catch (error) {
      // The next scan for existing directories does not find one that has just disappeared.
      if (!statusOf(directory)) return true
      this.#failed(error as NodeJS.ErrnoException)
      return false
    }
  }

  #event(directory: string, type: string, name: string | null): void {
    if (name === null) return this.#reportAll(directory)
    const file = path.join(directory, name)
    if (this.#files.has(file) || this.#directories.has(directory)) this.#changed(file)
    if (type !== 'rename') return
    // The end of a directory is reported by its own watch, under its own name.
    const ended = name === path.basename(directory)
    if (ended) this.#stale.add(directory)
    if (ended || this.#wanted.has(file)) this.#sync()
  }

  #reportAll(directory: string): void {
    for (const file of this.#files) if (path.dirname(file) === directory) this.#changed(file)
    this.#stale.add(directory)
    this.#sync()
  }
}
