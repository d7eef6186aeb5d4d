// What is saved: seen, compared with the good version, and believed. What follows from it the supervisor decides.

import { Pacer } from './change-debouncer.ts'
import { Contents, isGone } from './file-snapshots.ts'
import { createWatcher, type FileWatcher } from './file-watcher.ts'
import { type InterestOptions, Interests } from './watched-config.ts'

/** An editor truncates first: an empty file is believed after this, in ms. */
const doubt = 15
/** A file that is gone may be on its way back: saved by renaming, or a branch being switched. */
const absence = 60
/** Git writes file by file; whether it is done is looked at this often, in ms. */
const gitPause = 5

/** What saved files ask for. */
export type Demand =
  /** These differ from the good version. Without `news` only what an import did not find may be there now. */
  | { readonly type: 'replace'; readonly files: readonly string[]; readonly news: boolean }
  /** The environment or the project is another one. */
  | { readonly type: 'handOver'; readonly files: readonly string[]; readonly spareIsGood: boolean }
  /** Everything is as in the good version. */
  | { readonly type: 'same' }

/** Where changes are looked for. */
export interface ChangeOptions extends InterestOptions {
  readonly cwd: string
  readonly entry: string
  /** Looks every so many ms instead of waiting for events. */
  readonly poll?: number | undefined
}

/** Watches the files of an application and says when their content is another one. */
export class Changes {
  readonly contents = new Contents()
  readonly #interests: Interests
  readonly #watcher: FileWatcher
  readonly #pacer = new Pacer((files) => this.look(files))
  readonly #demand: (demand: Demand) => void
  /** Until files that were in doubt are looked at again, and which those are. */
  #recheck: NodeJS.Timeout | undefined
  #waiting: ReadonlySet<string> = new Set()
  #closed = false

  constructor({ cwd, entry, poll, ...interests }: ChangeOptions, demand: (demand: Demand) => void) {
    this.#demand = demand
    // The entry counts before it was ever read, also when it is not there yet.
    this.contents.loaded(entry, { hash: '', source: '' })
    this.#interests = new Interests(cwd, entry, interests)
    this.#watcher = createWatcher((file) => this.#saved(file), poll)
  }

  /** Watches what is known by now. */
  watch(): void {
    this.#watcher.watch([...this.contents.files, ...this.#interests.files], this.#interests.directories)
  }

  close(): void {
    this.#closed = true
    this.#watcher.close()
    this.#pacer.stop()
    clearTimeout(this.#recheck)
  }

  /** What was loaded is the good version. Returns what is new in it: each file with its source. */
  adopt(
    files?: readonly string[],
    configs: readonly string[] = [],
  ): ReadonlyArray<readonly [string, string]> {
    this.#interests.configs(configs)
    const fresh = this.contents.commit(files)
    if (files) this.watch()
    return fresh
  }

  /** What an import did not find, without its extension: it is waited for. */
  missing(stem: string | undefined): void {
    this.#interests.missing(stem)
  }

  /** Looks at files that may have been saved. */
  look(saved: ReadonlySet<string>, again = false): void {
    clearTimeout(this.#recheck)
    if (this.#closed) return
    const files = this.#waiting.size > 0 ? new Set([...saved, ...this.#waiting]) : saved
    this.#waiting = new Set()
    if (this.#interests.gitIsBusy) {
      // When it is over everything is looked at, and that is one change.
      return this.#lookIn(
        gitPause,
        new Set([...files, ...this.contents.files, ...this.#interests.files]),
        again,
      )
    }
    const { changed, news, doubtful } = this.contents.look(files)
    if (doubtful.length > 0 && news && !again) {
      // The save that is under way counts as the first, not as one of a burst: it is looked at as soon as it is there.
      this.#pacer.restart()
      return this.#lookIn(doubtful.some(isGone) ? absence : doubt, files, true)
    }
    const config = this.#interests.changed(files)
    if (config)
      return this.#demand({ type: 'handOver', files: changed, spareIsGood: config === 'environment' })
    const found = this.#interests.found(files)
    if (found || (news && changed.length > 0)) this.#demand({ type: 'replace', files: changed, news: !found })
    else if (changed.length === 0) this.#demand({ type: 'same' })
  }

  #saved(file: string): void {
    const counts = this.contents.has(file) && !this.#interests.ignores(file)
    if (counts || this.#interests.has(file)) this.#pacer.add(file)
  }

  #lookIn(ms: number, files: ReadonlySet<string>, again: boolean): void {
    this.#waiting = files
    this.#recheck = setTimeout(() => this.look(files, again), ms)
  }
}
