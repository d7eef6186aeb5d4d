// Detects saved files whose content differs from the last good version, and derives the kind of reload they ask for.

import { ChangeDebouncer } from './change-debouncer.ts'
import type { FileWatcher } from './change-listener.ts'
import { type FileSnapshot, FileSnapshots } from './file-snapshots.ts'
import { createWatcher } from './file-watcher.ts'
import type { LoadedFile } from './load-journal.ts'
import { type ConfigFiles, WatchedConfig, type WatchOptions } from './watched-config.ts'

/**
 * The delay before an empty or missing file is accepted as such, in ms. Editors truncate a file before they write it, and a
 * busy machine interrupts them for 15 ms there; others save by renaming, and git switches branches.
 */
const INCOMPLETE_FILE_MS = 60
/** The interval at which the end of a git operation is looked for, in ms. */
const GIT_CHECK_MS = 5

/** The reload that saved files ask for. */
export type ReloadRequest =
  /** These files differ from the last good version. */
  | {
      readonly type: 'replace'
      readonly files: readonly string[]
      /** Those that were saved now; none if a file was created that an import did not find. */
      readonly saved: readonly string[]
    }
  /** The environment or the configuration of the project differs. */
  | {
      readonly type: 'handOver'
      readonly files: readonly string[]
      /** The paths that were saved now. */
      readonly saved: readonly string[]
      /** Those and the files that differ from the last good version. */
      readonly causes: readonly string[]
      readonly standbyUsable: boolean
    }
  /** Everything equals the last good version. */
  | { readonly type: 'unchanged' }

/** A later request contains the files of an earlier one, but not what it tells about the configuration. */
export function mergeRequests(earlier: ReloadRequest | undefined, later: ReloadRequest): ReloadRequest {
  if (earlier?.type !== 'handOver' || later.type === 'unchanged') return later
  const isHandOver = later.type === 'handOver'
  return {
    type: 'handOver',
    files: later.files,
    saved: [...new Set([...earlier.saved, ...later.saved])],
    causes: [...new Set([...earlier.causes, ...(isHandOver ? later.causes : later.files)])],
    standbyUsable: earlier.standbyUsable && (!isHandOver || later.standbyUsable),
  }
}

/** Options of a {@link ChangeDetector}. */
export interface ChangeDetectorOptions extends WatchOptions {
  readonly cwd: string
  readonly entry: string
  /** Polls at this interval, in ms, instead of waiting for events. */
  readonly poll?: number | undefined
  /** Reports that the system refuses to watch, before polling takes over. */
  readonly onLimit?: ((error: NodeJS.ErrnoException, pollMs: number) => void) | undefined
}

/** Watches the files of an application and requests a reload when their content changes. */
export class ChangeDetector {
  readonly snapshots = new FileSnapshots()
  readonly #config: WatchedConfig
  readonly #watcher: FileWatcher
  readonly #debouncer = new ChangeDebouncer((files) => this.inspect(files))
  readonly #request: (request: ReloadRequest) => void
  #recheck: NodeJS.Timeout | undefined
  /** The files of the recheck. */
  #unsettled: ReadonlySet<string> = new Set()
  #watchedDirectories = ''
  #closed = false

  constructor(
    { cwd, entry, poll, onLimit, ...watchOptions }: ChangeDetectorOptions,
    request: (request: ReloadRequest) => void,
  ) {
    this.#request = request
    // The entry is watched before it was ever read, even if it does not exist.
    this.snapshots.read([{ file: entry, hash: '' }])
    this.#config = new WatchedConfig(cwd, entry, watchOptions)
    this.#watcher = createWatcher((file) => this.#saved(file), { poll, onLimit })
  }

  /** The globs of `watch` that match no file. */
  get unmatchedGlobs(): readonly string[] {
    return this.#config.unmatchedGlobs
  }

  /** Watches every file known so far. */
  watch(): void {
    this.#watcher.watch([...this.snapshots.files, ...this.#config.files], this.#config.directories)
  }

  close(): void {
    this.#closed = true
    this.#watcher.close()
    this.#debouncer.stop()
    clearTimeout(this.#recheck)
  }

  /**
   * Makes the application that serves now the last good version. Returns the files that are new in it, with their source.
   *
   * @param loaded - the contents in which it differs from the former one
   * @param files - all its files; undefined if these are the same as before
   */
  adopt(
    loaded: readonly FileSnapshot[],
    files?: readonly string[],
    configFiles?: ConfigFiles,
  ): ReadonlyArray<readonly [string, string]> {
    const moved = configFiles ? this.addConfigFiles(configFiles) : []
    const fresh = this.snapshots.commit(loaded, files)
    if (files) this.watch()
    if (moved.length > 0) this.inspect(new Set(moved))
    return fresh
  }

  /** Adds what an application was loaded with. Returns the links that lead elsewhere since then. */
  addConfigFiles({ configs, links }: ConfigFiles): readonly string[] {
    this.#config.addConfigs(configs)
    return this.#config.addLinks(links)
  }

  /** Adds files that the last good version has loaded since. Returns those that are new in it, with their source. */
  extend(loaded: readonly FileSnapshot[]): ReadonlyArray<readonly [string, string]> {
    const fresh = this.snapshots.extend(loaded)
    this.watch()
    return fresh
  }

  /** Watches files that children of the application have loaded. They ask for a new process. */
  watchLoaded(loaded: readonly LoadedFile[]): void {
    if (this.#closed) return
    const fresh = loaded.filter(([file, hash]) => this.#config.addLoaded(file, hash)).map(([file]) => file)
    if (fresh.length === 0) return
    this.watch()
    // They may have been saved since they were loaded.
    this.inspect(new Set(fresh))
  }

  /** Waits for one of the paths, without extensions, at which a failed import looked for its file. */
  setMissing(stems: readonly string[]): void {
    this.#config.setMissing(stems)
  }

  /** Reports whether one of those paths was created at or after a time, in ms since 1970. */
  createdMissing(since: number): boolean {
    return this.#config.createdMissing(since)
  }

  /** Inspects every file, reported or not. */
  inspectAll(): readonly string[] {
    return this.snapshots.inspect(this.snapshots.files).changed
  }

  /** Inspects files that may have been saved, and requests the reload they ask for. */
  inspect(saved: ReadonlySet<string>, isRecheck = false): void {
    clearTimeout(this.#recheck)
    if (this.#closed) return
    const files = new Set([...saved, ...this.#unsettled].filter((file) => !this.#config.ignores(file)))
    this.#unsettled = new Set()
    if (this.#config.gitIsBusy) {
      const all = new Set([...files, ...this.snapshots.files, ...this.#config.files])
      return this.#inspectAfter(GIT_CHECK_MS, all, isRecheck)
    }
    const { changed, saved: modified, unsettled: modules } = this.snapshots.inspect(files)
    const unsettled = [...(modified.length > 0 ? modules : []), ...this.#config.unsettled(files)]
    if (unsettled.length > 0 && !isRecheck) {
      // The save under way is the first one, not part of a burst.
      this.#debouncer.restart()
      return this.#inspectAfter(INCOMPLETE_FILE_MS, files, true)
    }
    const config = this.#config.changed(files)
    // A directory that came is watched with everything in it.
    if (files.size > 0) this.#watchNewDirectories()
    if (config !== undefined) {
      const causes = [...changed, ...config.files]
      const standbyUsable = config.reach === 'environment'
      const saved = [...modified, ...config.files]
      return this.#request({ type: 'handOver', files: changed, saved, causes, standbyUsable })
    }
    const found = this.#config.includesMissing(files)
    if (found || (modified.length > 0 && changed.length > 0))
      this.#request({ type: 'replace', files: changed, saved: found ? [] : modified })
    else if (changed.length === 0) this.#request({ type: 'unchanged' })
  }

  #watchNewDirectories(): void {
    const directories = this.#config.directories.join('\n')
    if (directories === this.#watchedDirectories) return
    this.#watchedDirectories = directories
    this.watch()
  }

  #saved(file: string): void {
    const isModule = this.snapshots.has(file) && !this.#config.ignores(file)
    if (isModule || this.#config.has(file)) this.#debouncer.add(file)
  }

  #inspectAfter(ms: number, files: ReadonlySet<string>, isRecheck: boolean): void {
    this.#unsettled = files
    this.#recheck = setTimeout(() => this.inspect(files, isRecheck), ms)
  }
}
