// The file of a name below a directory.

import { realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'

/** A file that was found. */
export interface Located {
  /** The real path, links resolved. */
  readonly path: string
  /** Size in bytes. */
  readonly size: number
  /** The time of the last modification in ms. */
  readonly modified: number
}

/** The result for a directory: static files serve its `index.html`. */
export const DIRECTORY = Symbol('directory')

/** Finds the file of a name that a client may have chosen. One outside of the directory does not exist. */
export async function fileInside(
  directory: string,
  name: string,
): Promise<Located | typeof DIRECTORY | undefined> {
  try {
    const root = await realpath(directory)
    const path = await realpath(resolve(root, name))
    if (path !== root && !path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined
    const stats = await stat(path)
    if (stats.isDirectory()) return DIRECTORY
    return stats.isFile() ? { path, size: stats.size, modified: stats.mtimeMs } : undefined
  } catch {
    // Missing, not readable, or a name that the file system does not allow.
    return undefined
  }
}
