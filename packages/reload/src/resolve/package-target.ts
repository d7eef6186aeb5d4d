// The files to which a package.json leads by "imports" or "exports", whether they exist or not.

import { readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'

/** The entry of a package.json for a specifier. */
export interface PackageTarget {
  readonly packageFile: string
  readonly field: 'imports' | 'exports'
  /** The files of the entry, under whatever condition; none if there is no entry. */
  readonly files: readonly string[]
}

/**
 * Finds the entry for `#name` in the nearest package.json, and the one for `name` or `name/path` in the package of that
 * name, unless it is an installed dependency. Returns undefined if there is no such package.
 */
export function packageTarget(specifier: string, from: string): PackageTarget | undefined {
  const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const isImport = specifier.startsWith('#')
  const found = isImport ? nearestPackage(from) : packageNamed(name, from)
  if (!found) return undefined
  const field = isImport ? 'imports' : 'exports'
  const entries = isImport ? found.content.imports : asSubpaths(found.content.exports)
  const key = isImport ? specifier : `.${specifier.slice(name.length)}`
  const directory = path.dirname(found.file)
  const files = targetsOf(entries, key).map((target) => path.join(directory, target))
  return { packageFile: found.file, field, files: [...new Set(files)] }
}

/**
 * Returns the file to which Node resolves the specifier of a package, whether it exists or not. Returns undefined if
 * there is no such package, or if it leads to no file.
 */
export function targetFile(
  specifier: string,
  from: string,
  conditions: readonly string[],
): string | undefined {
  const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const isImport = specifier.startsWith('#')
  const found = isImport ? nearestPackage(from) : (ownPackage(name, from) ?? installedPackage(name, from))
  if (!found) return undefined
  const key = isImport ? specifier : `.${specifier.slice(name.length)}`
  const { imports, exports } = found.content
  const hasMap = isImport || (exports !== undefined && exports !== null)
  const [target] = hasMap ? targetsOf(isImport ? imports : asSubpaths(exports), key, conditions) : [key]
  return target === undefined || (!hasMap && key === '.') ? undefined : path.join(found.directory, target)
}

interface Package {
  /** The directory by which it is found, which may be a symbolic link. */
  readonly directory: string
  readonly file: string
  readonly content: { readonly name?: unknown; readonly imports?: unknown; readonly exports?: unknown }
}

function nearestPackage(from: string): Package | undefined {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const found = readPackage(path.join(directory, 'package.json'))
    if (found || directory === path.dirname(directory)) return found
  }
}

/** The package itself, as Node finds it by its own name, or another one of the workspace. */
function packageNamed(name: string, from: string): Package | undefined {
  const own = ownPackage(name, from)
  if (own) return own
  const found = installedPackage(name, from)
  return found && !isInstalled(found.file) ? found : undefined
}

function ownPackage(name: string, from: string): Package | undefined {
  const own = nearestPackage(from)
  return own?.content.name === name && own.content.exports !== undefined ? own : undefined
}

function installedPackage(name: string, from: string): Package | undefined {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const found = readPackage(path.join(directory, 'node_modules', name, 'package.json'))
    if (found || directory === path.dirname(directory)) return found
  }
}

function isInstalled(file: string): boolean {
  return file.includes(`${path.sep}node_modules${path.sep}`)
}

function readPackage(file: string): Package | undefined {
  try {
    return {
      directory: path.dirname(file),
      file: realpathSync(file),
      content: JSON.parse(readFileSync(file, 'utf8')),
    }
  } catch {
    return undefined
  }
}

/** `exports` of a package with a single entry needs no subpaths. */
function asSubpaths(exports: unknown): unknown {
  const isMap = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
  return isMap || exports === undefined ? exports : { '.': exports }
}

/** @param conditions - those that hold; undefined for all */
function targetsOf(entries: unknown, key: string, conditions?: readonly string[]): string[] {
  if (!isRecord(entries)) return []
  if (key in entries && !key.includes('*')) return leavesOf(entries[key], conditions)
  // The longest pattern wins.
  const patterns = Object.keys(entries).filter((pattern) => pattern.includes('*'))
  patterns.sort((one, other) => other.indexOf('*') - one.indexOf('*') || other.length - one.length)
  for (const pattern of patterns) {
    const [before, after] = pattern.split('*') as [string, string]
    if (!key.startsWith(before) || !key.endsWith(after) || key.length < pattern.length) continue
    const inserted = key.slice(before.length, key.length - after.length)
    return leavesOf(entries[pattern], conditions).map((target) => target.replaceAll('*', () => inserted))
  }
  return []
}

/** Returns the paths of an entry, which may be a list or depend on conditions. */
function leavesOf(entry: unknown, conditions?: readonly string[]): string[] {
  if (typeof entry === 'string') return entry.startsWith('./') ? [entry] : []
  if (Array.isArray(entry)) return entry.flatMap((one) => leavesOf(one, conditions))
  if (!isRecord(entry)) return []
  const holding = Object.keys(entry).filter((key) => conditions === undefined || conditions.includes(key))
  return holding.flatMap((key) => leavesOf(entry[key], conditions))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
