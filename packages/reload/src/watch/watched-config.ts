// What matters beside the modules themselves: env files, configuration, what is missing, and what the user names.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import picomatch from 'picomatch'
import { currentHash } from './file-snapshots.ts'

/** What the user adds to the files that count, and takes from them. */
export interface WatchOptions {
  /** Globs of further files; a change of one starts a fresh process. */
  readonly watch?: readonly string[]
  /** Globs of files that never count. */
  readonly ignore?: readonly string[]
}

/** `environment` leaves dependencies and compiled code as they are, `project` does not. */
export type ConfigChange = 'environment' | 'project'

const projectFiles = [
  'package.json',
  'pnpm-lock.yaml',
  'package-lock.json',
  'yarn.lock',
  'bun.lock',
  'tsconfig.json',
]

/** Files that are not part of the module graph but change what it does. */
export class WatchedConfig {
  readonly #cwd: string
  readonly #watched: (file: string) => boolean
  readonly #ignored: (file: string) => boolean
  readonly #globDirectories: readonly string[]
  readonly #hashes = new Map<string, string>()
  readonly #gitLock: string | undefined
  #missing: string | undefined

  constructor(cwd: string, entry: string, { watch = [], ignore = [] }: WatchOptions) {
    this.#cwd = cwd
    const absolute = (globs: readonly string[]) => globs.map((glob) => path.posix.join(cwd, glob))
    this.#watched = watch.length > 0 ? picomatch(absolute(watch), { dot: true }) : () => false
    this.#ignored = ignore.length > 0 ? picomatch(absolute(ignore), { dot: true }) : () => false
    this.#globDirectories = watch.flatMap((glob) =>
      directoriesUnder(path.resolve(cwd, picomatch.scan(glob).base)),
    )
    this.#gitLock = findGitLock(cwd)
    const roots = [...new Set([cwd, nearestWith('package.json', path.dirname(entry)) ?? cwd])]
    for (const root of roots) for (const name of projectFiles) this.#remember(path.join(root, name))
    for (const directory of [cwd, ...this.#globDirectories]) {
      for (const name of list(directory))
        if (this.#counts(path.join(directory, name))) this.#remember(path.join(directory, name))
    }
  }

  /** The single files to watch. */
  get files(): string[] {
    return [...this.#hashes.keys()]
  }

  /** The directories in which any file may matter. */
  get directories(): string[] {
    const missing = this.#missing === undefined ? [] : [path.dirname(this.#missing), this.#missing]
    return [this.#cwd, ...this.#globDirectories, ...missing]
  }

  /** Whether it is to be looked at when it was saved. */
  has(file: string): boolean {
    return !this.#ignored(file) && (this.#hashes.has(file) || this.#counts(file) || this.#isMissing(file))
  }

  /** Whether the user said that it never counts. */
  ignores(file: string): boolean {
    return this.#ignored(file)
  }

  /** The tsconfig files that were used. */
  configs(files: readonly string[]): void {
    for (const file of files) this.#remember(file)
  }

  /** What an import did not find, without its extension. */
  missing(stem: string | undefined): void {
    this.#missing = stem
  }

  /** Whether one of these may be what was missing. */
  found(files: Iterable<string>): boolean {
    return [...files].some((file) => this.#isMissing(file))
  }

  /** Whether one of these has another content than before, and how far that goes. */
  changed(files: Iterable<string>): ConfigChange | undefined {
    let change: ConfigChange | undefined
    for (const file of files) {
      if (!this.#hashes.has(file) && !this.#counts(file)) continue
      const hash = currentHash(file)
      if (hash === (this.#hashes.get(file) ?? '')) continue
      this.#hashes.set(file, hash)
      const isProject =
        projectFiles.includes(path.basename(file)) || path.basename(file).startsWith('tsconfig')
      change = isProject || change === 'project' ? 'project' : 'environment'
    }
    return change
  }

  /** Whether git is writing files at this moment: a checkout, a rebase. */
  get gitIsBusy(): boolean {
    if (this.#gitLock === undefined) return false
    const lock = statSync(this.#gitLock, { throwIfNoEntry: false })
    // One that was left behind by a crash locks nothing.
    return lock !== undefined && Date.now() - lock.mtimeMs < 10_000
  }

  #counts(file: string): boolean {
    const isEnvironment = path.dirname(file) === this.#cwd && path.basename(file).startsWith('.env')
    return isEnvironment || this.#watched(file)
  }

  #isMissing(file: string): boolean {
    const stem = this.#missing
    return (
      stem !== undefined &&
      (file === stem ||
        file.startsWith(`${stem}.`) ||
        file.startsWith(`${stem}${path.sep}`) ||
        file === stem.replace(/\.[cm]?jsx?$/, '.ts'))
    )
  }

  #remember(file: string): void {
    if (!this.#hashes.has(file)) this.#hashes.set(file, currentHash(file))
  }
}

function directoriesUnder(directory: string): string[] {
  const below = list(directory, true).filter((name) => name !== 'node_modules' && name !== '.git')
  return [directory, ...below.flatMap((name) => directoriesUnder(path.join(directory, name)))]
}

function list(directory: string, onlyDirectories = false): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() === onlyDirectories).map(({ name }) => name)
  } catch {
    return []
  }
}

function nearestWith(name: string, from: string): string | undefined {
  for (let directory = from; ; directory = path.dirname(directory)) {
    if (statSync(path.join(directory, name), { throwIfNoEntry: false })) return directory
    if (directory === path.dirname(directory)) return undefined
  }
}

function findGitLock(cwd: string): string | undefined {
  const root = nearestWith('.git', cwd)
  if (root === undefined) return undefined
  const git = path.join(root, '.git')
  if (statSync(git).isDirectory()) return path.join(git, 'index.lock')
  // A worktree: the file says where its part of the repository is.
  const gitdir = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1]
  return gitdir && path.resolve(root, gitdir, 'index.lock')
}
