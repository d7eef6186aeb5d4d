// Files outside of the module graph that change what an application does: environment files, configuration, symbolic
// links, files that an import did not find, and the files that the user names.

import { readFileSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'
import { currentHash, isUnwritten } from './file-snapshots.ts'
import { isLink, namesIn, statusOf } from './file-status.ts'
import { type WatchGlob, watchGlobs } from './watch-globs.ts'

/** Files to watch beside the imported ones, and files to leave out. */
export interface WatchOptions {
  /**
   * Globs of further files; a change of one starts a new process. Relative to `cwd`, or absolute. A directory includes
   * everything below it.
   */
  readonly watch?: readonly string[]
  /** Globs of files that never cause a reload. */
  readonly ignore?: readonly string[]
}

/** The files beside the modules of an application that decide on their meaning. */
export interface ConfigFiles {
  /** The tsconfig and package.json files that apply to them. */
  readonly configs: readonly string[]
  /** Symbolic links that imports lead through, with the targets that they had. */
  readonly links: ReadonlyArray<readonly [link: string, target: string]>
}

/** Changed files outside of the module graph. */
export interface ConfigChange {
  /** An `environment` change keeps dependencies and compiled code usable, a `project` change does not. */
  readonly reach: 'environment' | 'project'
  readonly files: readonly string[]
}

const PROJECT_FILES = [
  'package.json',
  'pnpm-lock.yaml',
  'package-lock.json',
  'yarn.lock',
  'bun.lock',
  'tsconfig.json',
]

/** The precision of the times in a file system, in ms. */
const FILE_TIME_MS = 10

/** The age from which git's lock file counts as left behind by a crash, in ms. */
const STALE_GIT_LOCK_MS = 10_000

/** The watched files that no module imports, with their last known content. */
export class WatchedConfig {
  readonly #cwd: string
  readonly #watched: readonly WatchGlob[]
  readonly #ignored: readonly WatchGlob[]
  readonly #hashes = new Map<string, string>()
  readonly #links = new Map<string, string>()
  /** Files that tell how sources are compiled and resolved, whatever their names. */
  readonly #configs = new Set<string>()
  readonly #gitLock: string | undefined
  #globDirectories: ReadonlySet<string> = new Set()
  #missing: readonly string[] = []

  constructor(cwd: string, entry: string, { watch = [], ignore = [] }: WatchOptions) {
    this.#cwd = cwd
    this.#watched = watchGlobs(cwd, watch)
    this.#ignored = watchGlobs(cwd, ignore)
    this.#gitLock = findGitLock(cwd)
    for (const root of new Set([cwd, nearestWith('package.json', path.dirname(entry)) ?? cwd])) {
      for (const name of PROJECT_FILES) this.#remember(path.join(root, name))
    }
    for (const name of namesIn(cwd)) {
      if (this.#matches(path.join(cwd, name))) this.#remember(path.join(cwd, name))
    }
    for (const file of this.#scanGlobs()) this.#remember(file)
  }

  /** The globs of `watch` that match no file. */
  get unmatchedGlobs(): string[] {
    return this.#watched.filter((glob) => glob.scan().files.length === 0).map(({ pattern }) => pattern)
  }

  /** The single files to watch. */
  get files(): string[] {
    return [...this.#hashes.keys(), ...this.#links.keys()]
  }

  /** The directories of which every entry is to be reported. */
  get directories(): string[] {
    const missing = this.#missing.flatMap((stem) => [path.dirname(stem), stem])
    return [this.#cwd, ...this.#globDirectories, ...missing]
  }

  /** Reports whether a change of this path has to be inspected. */
  has(file: string): boolean {
    if (this.ignores(file)) return false
    return (
      this.#hashes.has(file) ||
      this.#links.has(file) ||
      this.#matches(file) ||
      this.#isMissing(file) ||
      this.#watched.some((glob) => glob.base === file) ||
      this.#globDirectories.has(file) ||
      this.#globDirectories.has(path.dirname(file))
    )
  }

  /** Reports whether the user excluded this path. */
  ignores(file: string): boolean {
    return this.#ignored.some((glob) => glob.matches(file))
  }

  /** Adds tsconfig files that were used. */
  addConfigs(files: readonly string[]): void {
    for (const file of files) {
      this.#configs.add(file)
      this.#remember(file)
    }
  }

  /** Adds a file by the hash of the content that was loaded. Returns false for a known one. */
  addLoaded(file: string, hash: string): boolean {
    if (this.#hashes.has(file)) return false
    this.#hashes.set(file, hash)
    return true
  }

  /** Adds symbolic links that imports lead through, with the targets that they had. Returns those that have another now. */
  addLinks(links: ReadonlyArray<readonly [link: string, target: string]>): string[] {
    for (const [link, target] of links) this.#links.set(link, target)
    return links.filter(([link, target]) => (targetOf(link) ?? target) !== target).map(([link]) => link)
  }

  /** Sets the paths, without extensions, at which a failed import looked for its file. */
  setMissing(stems: readonly string[]): void {
    this.#missing = stems
  }

  /** Reports whether one of these may be the file that a failed import looked for. */
  includesMissing(files: Iterable<string>): boolean {
    return this.#missing.length > 0 && [...files].some((file) => this.#isMissing(file))
  }

  /** Reports whether one of them was created at or after a time, in ms since 1970. */
  createdMissing(since: number): boolean {
    const directories = new Set(this.#missing.flatMap((stem) => [path.dirname(stem), stem]))
    return [...directories].some((directory) =>
      namesIn(directory).some((name) => {
        const file = path.join(directory, name)
        return this.#isMissing(file) && (statusOf(file)?.ctimeMs ?? 0) >= since - FILE_TIME_MS
      }),
    )
  }

  /** Returns those of these paths that had a content and have none at this moment: they are being written, or removed. */
  unsettled(paths: Iterable<string>): string[] {
    return [...paths].filter((file) => {
      const known = this.#hashes.get(file)
      return (
        known !== undefined && !isUnwritten(known) && !this.ignores(file) && isUnwritten(currentHash(file))
      )
    })
  }

  /** Returns the changes among these paths, or undefined if no content differs. */
  changed(paths: Iterable<string>): ConfigChange | undefined {
    const candidates = new Set(paths)
    if (this.#watched.length > 0 && [...candidates].some((file) => this.#leadsToGlob(file))) {
      for (const file of this.#scanGlobs()) if (!this.#hashes.has(file)) candidates.add(file)
    }
    const files = [...candidates].filter((file) => !this.ignores(file) && this.#isDifferent(file))
    if (files.length === 0) return undefined
    const isProject = files.some(
      (file) => isProjectFile(file) || this.#configs.has(file) || this.#links.has(file),
    )
    return { reach: isProject ? 'project' : 'environment', files }
  }

  /** Reports whether git is writing files at this moment, for example during a checkout or a rebase. */
  get gitIsBusy(): boolean {
    if (this.#gitLock === undefined) return false
    const lock = statusOf(this.#gitLock)
    return lock !== undefined && Date.now() - lock.mtimeMs < STALE_GIT_LOCK_MS
  }

  /** Compares with the last known content, which it replaces. */
  #isDifferent(file: string): boolean {
    if (this.#links.has(file)) {
      const target = targetOf(file)
      // A link that is replaced is absent for a moment.
      if (target === undefined || target === this.#links.get(file)) return false
      this.#links.set(file, target)
      return true
    }
    if (!this.#hashes.has(file) && !this.#matches(file)) return false
    if (statusOf(file)?.isDirectory()) return false
    const hash = currentHash(file)
    if (hash === (this.#hashes.get(file) ?? '')) return false
    this.#hashes.set(file, hash)
    return true
  }

  #matches(file: string): boolean {
    const isEnvironment = path.dirname(file) === this.#cwd && path.basename(file).startsWith('.env')
    return isEnvironment || this.#watched.some((glob) => glob.matches(file))
  }

  /** A directory that came, with files that were never reported, or one that went. */
  #leadsToGlob(file: string): boolean {
    if (!this.#watched.some((glob) => glob.base === file || glob.matches(path.join(file, 'x')))) {
      if (!this.#globDirectories.has(path.dirname(file))) return false
    }
    return this.#globDirectories.has(file) || statusOf(file)?.isDirectory() === true
  }

  #scanGlobs(): string[] {
    const scans = this.#watched.map((glob) => glob.scan())
    this.#globDirectories = new Set(scans.flatMap(({ directories }) => directories))
    return scans.flatMap(({ files }) => files)
  }

  #isMissing(file: string): boolean {
    return this.#missing.some(
      (stem) =>
        file === stem ||
        file.startsWith(`${stem}.`) ||
        file.startsWith(`${stem}${path.sep}`) ||
        // TypeScript is imported under the name that its compiler gives it.
        file === stem.replace(/\.([cm]?)jsx?$/, '.$1ts') ||
        file === stem.replace(/\.jsx?$/, '.tsx'),
    )
  }

  #remember(file: string): void {
    if (!this.#hashes.has(file)) this.#hashes.set(file, currentHash(file))
  }
}

function isProjectFile(file: string): boolean {
  const name = path.basename(file)
  return PROJECT_FILES.includes(name) || name.startsWith('tsconfig')
}

/** Returns the target of a link; empty for a file in its place, undefined if there is nothing. */
function targetOf(link: string): string | undefined {
  if (!isLink(link)) return statusOf(link) && ''
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

function nearestWith(name: string, from: string): string | undefined {
  for (let directory = from; ; directory = path.dirname(directory)) {
    if (statusOf(path.join(directory, name))) return directory
    if (directory === path.dirname(directory)) return undefined
  }
}

function findGitLock(cwd: string): string | undefined {
  const root = nearestWith('.git', cwd)
  if (root === undefined) return undefined
  const git = path.join(root, '.git')
  if (statSync(git).isDirectory()) return path.join(git, 'index.lock')
  // In a worktree `.git` is a file that names the directory.
  const directory = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1]
  return directory && path.resolve(root, directory, 'index.lock')
}
