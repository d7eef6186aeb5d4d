// What is saved: seen, compared with the good version, and believed. What follows from it the supervisor decides.

import { ChangeDebouncer } from './change-debouncer.ts'
import { FileSnapshots, isMissing } from './file-snapshots.ts'
import { createWatcher, type FileWatcher } from './file-watcher.ts'
import { WatchedConfig, type WatchOptions } from './watched-config.ts'

/** An editor truncates first: an empty file is believed after this, in ms. */
const doubt = 15
/** A file that is gone may be on its way back: saved by renaming, or a branch being switched. */
const absence = 60
/** Git writes file by file; whether it is done is looked at this often, in ms. */
const gitPause = 5

/** What saved files ask for. */
export type ReloadRequest =
  /** These differ from the good version. Without `news` only what an import did not find may be there now. */
  | { readonly type: 'replace'; readonly files: readonly string[]; readonly isNew: boolean }
  /** The environment or the project is another one. */
  | { readonly type: 'handOver'; readonly files: readonly string[]; readonly standbyUsable: boolean }
  /** Everything is as in the good version. */
  | { readonly type: 'unchanged' }

/** Where changes are looked for. */
export interface ChangeOptions extends WatchOptions {
  readonly cwd: string
  readonly entry: string
  /** Looks every so many ms instead of waiting for events. */
  readonly poll?: number | undefined
}

/** Watches the files of an application and says when their content is another one. */
export class ChangeDetector {
  readonly snapshots = new FileSnapshots()
  readonly #config: WatchedConfig
  readonly #watcher: FileWatcher
  readonly #debouncer = new ChangeDebouncer((files) => this.inspect(files))
  readonly #request: (demand: ReloadRequest) => void
  /** Until files that were in doubt are looked at again, and which those are. */
  #recheck: NodeJS.Timeout | undefined
  #unsettled: ReadonlySet<string> = new Set()
  #closed = false

  constructor({ cwd, entry, poll, ...interests }: ChangeOptions, demand: (demand: ReloadRequest) => void) {
    this.#request = demand
    // The entry counts before it was ever read, also when it is not there yet.
    this.snapshots.loaded(entry, { hash: '', source: '' })
    this.#config = new WatchedConfig(cwd, entry, interests)
    this.#watcher = createWatcher((file) => this.#saved(file), poll)
  }

  /** Watches what is known by now. */
  watch(): void {
    this.#watcher.watch([...this.snapshots.files, ...this.#config.files], this.#config.directories)
  }

  close(): void {
    this.#closed = true
    this.#watcher.close()
    this.#debouncer.stop()
    clearTimeout(this.#recheck)
  }

  /** What was loaded is the good version. Returns what is new in it: each file with its source. */
  adopt(
    files?: readonly string[],
    configs: readonly string[] = [],
  ): ReadonlyArray<readonly [string, string]> {
    this.#config.configs(configs)
    const fresh = this.snapshots.commit(files)
    if (files) this.watch()
    return fresh
  }

  /** What an import did not find, without its extension: it is waited for. */
  missing(stem: string | undefined): void {
    this.#config.missing(stem)
  }

  /** Looks at files that may have been saved. */
  inspect(saved: ReadonlySet<string>, again = false): void {
    clearTimeout(this.#recheck)
    if (this.#closed) return
    const files = this.#unsettled.size > 0 ? new Set([...saved, ...this.#unsettled]) : saved
    this.#unsettled = new Set()
    if (this.#config.gitIsBusy) {
      // When it is over everything is looked at, and that is one change.
      return this.#inspectAfter(
        gitPause,
        new Set([...files, ...this.snapshots.files, ...this.#config.files]),
        again,
      )
    }
    const { changed, isNew: news, unsettled: doubtful } = this.snapshots.inspect(files)
    if (doubtful.length > 0 && news && !again) {
      // The save that is under way counts as the first, not as one of a burst: it is looked at as soon as it is there.
      this.#debouncer.restart()
      return this.#inspectAfter(doubtful.some(isMissing) ? absence : doubt, files, true)
    }
    const config = this.#config.changed(files)
    if (config)
      return this.#request({ type: 'handOver', files: changed, standbyUsable: config === 'environment' })
    const found = this.#config.found(files)
    if (found || (news && changed.length > 0))
      this.#request({ type: 'replace', files: changed, isNew: !found })
    else if (changed.length === 0) this.#request({ type: 'unchanged' })
  }

  #saved(file: string): void {
    const counts = this.snapshots.has(file) && !this.#config.ignores(file)
    if (counts || this.#config.has(file)) this.#debouncer.add(file)
  }

  #inspectAfter(ms: number, files: ReadonlySet<string>, again: boolean): void {
    this.#unsettled = files
    this.#recheck = setTimeout(() => this.inspect(files, again), ms)
  }
}
