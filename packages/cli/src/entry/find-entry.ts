// Finding the file that holds the application: what was asked for, `MYFY_APP`, or the usual places.

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path'
import { EntryNotFoundError } from '../errors.ts'
import { didYouMean } from './suggest.ts'

/** The file that holds an application, and under which name. */
export interface Entry {
  /** The absolute path of the file. */
  readonly file: string
  /** The export that was asked for; undefined looks for `app`, `application` and the default export. */
  readonly exportName?: string
  /** How it was found, for people: `src/app.ts`, `src/app.ts by MYFY_APP`. */
  readonly description: string
}

/** The folders, names and extensions of the usual places, strongest first. */
const usualPlaces = {
  directories: ['src', ''],
  names: ['app', 'main', 'server'],
  extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs'],
} as const

/** What {@link findEntry} goes by. */
export interface EntryRequest {
  /** The directory that paths are relative to. */
  readonly cwd: string
  /** `path/to/file.ts` or `path/to/file.ts:exportName`; undefined looks in `MYFY_APP` and the usual places. */
  readonly requested?: string
  /** Where `MYFY_APP` is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Finds the entry: `wanted`, or else `MYFY_APP`, or else `src/{app,main,server}.ts`, `{app,main,server}.ts` (and
 * their JavaScript forms).
 *
 * @throws EntryError with every place that was looked at
 */
export function findEntry({ cwd, requested: wanted, env }: EntryRequest): Entry {
  if (wanted !== undefined) return findRequested(cwd, wanted, '')
  if (env.MYFY_APP) return findRequested(cwd, env.MYFY_APP, ' by MYFY_APP')
  const looked: string[] = []
  for (const directory of usualPlaces.directories) {
    for (const name of usualPlaces.names) {
      for (const extension of usualPlaces.extensions) {
        const path = join(directory, name + extension)
        looked.push(path)
        if (isFile(resolve(cwd, path))) return { file: resolve(cwd, path), description: path }
      }
    }
  }
  const extensions = `{${usualPlaces.extensions.map((one) => one.slice(1)).join(',')}}`
  throw new EntryNotFoundError(
    [
      `no application was found in ${cwd}`,
      'Looked for:',
      '  MYFY_APP, which is not set',
      ...usualPlaces.directories.map(
        (directory) => `  ${join(directory, `{${usualPlaces.names.join(',')}}.${extensions}`)}`,
      ),
      `Name the file, as in \`myfy run path/to/file.ts\` or \`path/to/file.ts:exportName\`, or set MYFY_APP.`,
    ].join('\n'),
    looked,
  )
}

function findRequested(cwd: string, wanted: string, by: string): Entry {
  const { path, exportName } = splitExport(cwd, wanted)
  const absolute = isAbsolute(path) ? path : resolve(cwd, path)
  const looked = [
    absolute,
    ...(/\.[cm]?[jt]sx?$/.test(absolute)
      ? []
      : usualPlaces.extensions.map((extension) => absolute + extension)),
    // TypeScript under the name that its compiler gives it.
    ...(/\.[cm]?js$/.test(absolute) ? [absolute.replace(/js$/, 'ts')] : []),
  ]
  if (isDirectory(absolute)) {
    for (const name of [...usualPlaces.names, 'index']) {
      for (const extension of usualPlaces.extensions) looked.push(join(absolute, name + extension))
    }
  }
  const file = looked.find(isFile)
  if (file !== undefined) return { file, exportName, description: displayPath(cwd, file) + by }
  const siblings = filesIn(dirname(absolute))
  const hint = siblings
    ? didYouMean(basename(absolute), siblings) || `; ${dirname(absolute)} has ${list(siblings)}`
    : `; there is no directory ${dirname(absolute)}`
  throw new EntryNotFoundError(
    `${wanted}${by} was not found${hint}\nLooked for:\n${looked.map((path) => `  ${displayPath(cwd, path)}`).join('\n')}\nin ${cwd}`,
    looked,
  )
}

/** `file.ts:exportName`, where a Windows drive or a file that really has a colon in its name is no export. */
function splitExport(cwd: string, wanted: string): { path: string; exportName?: string } {
  const match = /^(.+?):([A-Za-z_$][\w$]*)$/.exec(wanted)
  if (!match || isFile(resolve(cwd, wanted)) || (match[1]!.length === 1 && match[2] === undefined)) {
    return { path: wanted }
  }
  return { path: match[1]!, exportName: match[2]! }
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'no such file'
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '')
}

function filesIn(directory: string): string[] | undefined {
  try {
    const names = readdirSync(directory)
    return names.filter((name) => (usualPlaces.extensions as readonly string[]).includes(extname(name)))
  } catch {
    return undefined
  }
}

/** A path for people: relative where that is shorter. */
export function displayPath(cwd: string, file: string): string {
  const path = relative(cwd, file)
  return path === '' ? '.' : path.startsWith('../../../') ? file : path
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
