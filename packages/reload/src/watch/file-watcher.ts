// Reports which watched files may have changed, by file system events or by polling.

import path from 'node:path'
import type { ChangeListener, FileWatcher } from './change-listener.ts'
import { DirectoryWatcher } from './directory-watcher.ts'
import { namesIn } from './file-status.ts'
import { PollingWatcher } from './polling-watcher.ts'

/** Options of {@link createWatcher}. */
export interface FileWatcherOptions {
  /** Polls at this interval, in ms, instead of waiting for events. */
  readonly poll?: number | undefined
  /** Reports that the system refuses to watch, before polling takes over. */
  readonly onLimit?: ((error: NodeJS.ErrnoException, pollMs: number) => void) | undefined
}

/** The interval of the polling that replaces events the system refuses, in ms. */
const FALLBACK_POLL_MS = 100

/** Creates a watcher. It falls back to polling when the system refuses to watch, for example at the inotify limits. */
export function createWatcher(changed: ChangeListener, options: FileWatcherOptions = {}): FileWatcher {
  return options.poll
    ? new PollingWatcher(changed, options.poll)
    : new FallbackWatcher(changed, options.onLimit ?? (() => {}))
}

/** Uses events as long as the system grants them, and polling from the first refusal on. */
class FallbackWatcher implements FileWatcher {
  readonly #changed: ChangeListener
  readonly #onLimit: NonNullable<FileWatcherOptions['onLimit']>
  #watcher: FileWatcher
  #watched: [readonly string[], readonly string[]] = [[], []]
  #started = false

  constructor(changed: ChangeListener, onLimit: NonNullable<FileWatcherOptions['onLimit']>) {
    this.#changed = changed
    this.#onLimit = onLimit
    this.#watcher = new DirectoryWatcher(changed, (error) => this.#fallBack(error))
  }

  watch(files: Iterable<string>, directories: Iterable<string> = []): void {
    this.#watched = [[...files], [...directories]]
    this.#watcher.watch(...this.#watched)
    this.#started = true
  }

  close(): void {
    this.#watcher.close()
  }

  #fallBack(error: NodeJS.ErrnoException): void {
    if (this.#watcher instanceof PollingWatcher) return
    this.#watcher.close()
    this.#watcher = new PollingWatcher(this.#changed, FALLBACK_POLL_MS)
    this.#watcher.watch(...this.#watched)
    this.#onLimit(error, FALLBACK_POLL_MS)
    if (this.#started) this.#reportAll()
  }

  /** The change that led to the refusal has happened before the first look. */
  #reportAll(): void {
    const [files, directories] = this.#watched
    const entries = directories.flatMap((directory) =>
      namesIn(directory).map((name) => path.join(directory, name)),
    )
    for (const file of new Set([...files, ...directories, ...entries])) this.#changed(file)
  }
}
