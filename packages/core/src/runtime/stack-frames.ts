// Stack frames: their place, and whether they belong to the user.

import { readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place in a source file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** The nearest package of each directory that was asked for. */
const packages = new Map<string, Package | undefined>()

interface Package {
  readonly directory: string
  readonly name: unknown
}

/**
 * Reports whether a file belongs to a package of this framework: the package.json above it has such a name, and the file lies in `src` or
 * `dist`. The location alone says nothing: in this repository the packages lie beside the user's code, and a user's
 * workspace may have packages in folders called `core` or `web`.
 *
 * @param file a path or a `file:` URL
 */
export function isFrameworkFile(file: string): boolean {
  const path = pathOf(file)
  if (path === undefined) return false
  const owner = packageOf(dirname(path))
  if (typeof owner?.name !== 'string' || !owner.name.startsWith('@myfy/')) return false
  const [folder] = relative(owner.directory, path).split(sep)
  return folder === 'src' || folder === 'dist'
}

/** Reports whether a file is the user's: not of Node.js, not of a dependency, not of this framework. */
export function isUserFile(file: string): boolean {
  if (file.startsWith('node:') || file.includes('<anonymous>')) return false
  const path = pathOf(file)
  if (path === undefined || !/^([\\/]|[A-Za-z]:)/.test(path)) return false
  return !/[\\/]node_modules[\\/]/.test(path) && !isFrameworkFile(path)
}

/** Reports whether a line of a stack is a frame. */
export function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

/** Returns the lines of a stack that are frames. */
export function stackFrames(stack: string): readonly string[] {
  return stack.split('\n').filter(isFrame)
}

/** Returns the place of a frame: `    at async start (file:///app/src/app.ts:3:7)`. */
export function framePlace(frame: string): SourcePlace | undefined {
  // With a function the place stands in parentheses, which may stand in its path as well.
  const place = /^\s+at .*?\((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s+at (?:async )?/, '')
  const match = /^(.+?):(\d+):(\d+)$/.exec(place)
  const file = match ? pathOf(match[1]!) : undefined
  return file === undefined || !match ? undefined : { file, line: Number(match[2]), column: Number(match[3]) }
}

/** Reports whether a frame is in the user's own code. */
export function isUserFrame(frame: string): boolean {
  const place = framePlace(frame)
  return place !== undefined && isUserFile(place.file)
}

/** Returns the path of a `file:` URL or a path, without a query; undefined for a URL that names no file. */
export function pathOf(file: string): string | undefined {
  if (!file.startsWith('file:')) return file.replace(/\?.*$/, '')
  try {
    return fileURLToPath(file.replace(/[?#].*$/, ''))
  } catch {
    return undefined
  }
}

function packageOf(directory: string): Package | undefined {
  if (packages.has(directory)) return packages.get(directory)
  const parent = dirname(directory)
  const name = nameIn(join(directory, 'package.json'))
  // A package.json without a name only marks a folder of a package (`{ "type": "module" }`).
  const found =
    name !== undefined ? { directory, name } : parent === directory ? undefined : packageOf(parent)
  packages.set(directory, found)
  return found
}

function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }).name
  } catch {
    return undefined
  }
}
