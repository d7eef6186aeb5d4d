// The file that holds the application: the one that was requested, `MYFY_APP`, or one of the usual places.

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { displayPath } from '@myfy/core/runtime'
import { EntryNotFoundError } from '../errors.ts'
import { suggestion } from './suggest.ts'

/** The file that holds an application, and the export to use. */
export interface Entry {
  /** The absolute path of the file. */
  readonly file: string
  /** The requested export; undefined for `app`, `application` or the default export. */
  readonly exportName?: string
  /** The file and its origin, for output: `src/app.ts`, `src/app.ts (MYFY_APP)`. */
  readonly description: string
}

/** The directories, names and extensions of the usual places, in order of preference. */
const DIRECTORIES = ['src', '']
const NAMES = ['app', 'main', 'server']
/** The names in a directory that is named. */
const IN_DIRECTORY = [...NAMES, 'index']
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts', '.tsx', '.jsx']

/** The input of {@link findEntry}. */
export interface EntryRequest {
  /** The directory that paths are relative to. */
  readonly cwd: string
  /** `path/to/file.ts` or `path/to/file.ts:exportName`; undefined for `MYFY_APP` and the usual places. */
  readonly requested?: string
  /** The environment variables, for `MYFY_APP`. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Finds the entry: `requested`, or else `MYFY_APP`, or else `src/{app,main,server}.ts`, `{app,main,server}.ts`, and
 * the same names in JavaScript.
 *
 * @throws EntryNotFoundError with every path that was tried
 */
export function findEntry({ cwd, requested, env }: EntryRequest): Entry {
  if (requested !== undefined) return findRequested(cwd, requested, '')
  if (env.MYFY_APP) return findRequested(cwd, env.MYFY_APP, ' (MYFY_APP)')
  const candidates = DIRECTORIES.flatMap((directory) =>
    NAMES.flatMap((name) => EXTENSIONS.map((extension) => join(directory, name + extension))),
  )
  const found = candidates.find((path) => isFile(resolve(cwd, path)))
  if (found !== undefined) return { file: resolve(cwd, found), description: found }
  const extensions = `{${EXTENSIONS.map((extension) => extension.slice(1)).join(',')}}`
  const patterns = DIRECTORIES.map(
    (directory) => `  ${join(directory, `{${NAMES.join(',')}}.${extensions}`)}`,
  )
  throw new EntryNotFoundError(
    `Cannot find an application in ${cwd}: MYFY_APP is not set, and none of these files exists:\n${patterns.join('\n')}\n` +
      `Name the file, as in \`myfy run path/to/file.ts\` or \`path/to/file.ts:exportName\`, or set MYFY_APP.`,
    candidates,
  )
}

function findRequested(cwd: string, requested: string, origin: string): Entry {
  const { path, exportName } = splitExport(cwd, requested)
  const absolute = isAbsolute(path) ? path : resolve(cwd, path)
  const candidates = candidatesFor(absolute)
  const file = candidates.find(isFile)
  if (file !== undefined && !mayBeSource(file))
    throw new EntryNotFoundError(
      `Cannot load ${requested}${origin}: it is neither JavaScript nor TypeScript. Name the file that exports the application.`,
      candidates,
    )
  if (file !== undefined) return { file, exportName, description: displayPath(cwd, file) + origin }
  if (isDirectory(absolute))
    throw new EntryNotFoundError(
      `Cannot find an application in ${requested}${origin}: neither this directory nor its src has a file ${IN_DIRECTORY.join(', ')}. Name the file.`,
      candidates,
    )
  const [first, ...others] = candidates.map((candidate) => displayPath(cwd, candidate))
  const or = others.length > 0 ? ` (nor ${others.join(', ')})` : ''
  throw new EntryNotFoundError(
    `Cannot find ${requested}${origin}: there is no file ${first}${or}. ${hint(candidates[0]!)} Check the path.`,
    candidates,
  )
}

/** Reports whether Node.js loads a file as code. A program without an extension is code. */
const mayBeSource = (file: string): boolean => ['', ...EXTENSIONS].includes(extname(file))

/** Returns the files that a path may stand for, in order. */
function candidatesFor(path: string): readonly string[] {
  const candidates = [path]
  if (!/\.[cm]?[jt]sx?$/.test(path)) candidates.push(...EXTENSIONS.map((extension) => path + extension))
  if (isDirectory(path))
    for (const directory of [path, join(path, 'src')])
      for (const name of IN_DIRECTORY)
        candidates.push(...EXTENSIONS.map((extension) => join(directory, name + extension)))
  // TypeScript under the name of its compiled file.
  if (/\.[cm]?js$/.test(path)) candidates.push(path.replace(/js$/, 'ts'))
  // `server.main` as Python writes it.
  const name = basename(path)
  if (/^\w+(\.\w+)+$/.test(name) && !EXTENSIONS.includes(extname(name))) {
    const nested = join(dirname(path), ...name.split('.'))
    candidates.push(...EXTENSIONS.map((extension) => nested + extension))
  }
  return candidates
}

function hint(path: string): string {
  const directory = dirname(path)
  const siblings = filesIn(directory)
  if (siblings === undefined) return `There is no directory ${directory}.`
  const similar = suggestion(basename(path), siblings)
  if (similar) return similar
  if (siblings.length === 0) return `${directory} has no source files.`
  const more = siblings.length > 8 ? ', …' : ''
  return `${directory} has ${siblings.slice(0, 8).join(', ')}${more}.`
}

/** Splits `file.ts:exportName`. A file that has a colon in its name, and a Windows drive, are not split. */
function splitExport(cwd: string, requested: string): { path: string; exportName?: string } {
  const match = /^(.{2,}):([A-Za-z_$][\w$]*)$/.exec(requested)
  if (!match || isFile(resolve(cwd, requested))) return { path: requested }
  return { path: match[1]!, exportName: match[2]! }
}

function filesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory).filter((name) => EXTENSIONS.includes(extname(name)))
  } catch {
    return undefined
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
