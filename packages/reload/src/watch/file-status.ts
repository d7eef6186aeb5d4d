// Reads from the file system that treat a missing file or directory as empty.

import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'

/** Returns the names in a directory; none if it cannot be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Returns the inode of a directory, or 0 if it does not exist. */
export function inodeOf(directory: string): number {
  return statusOf(directory)?.ino ?? 0
}

/** Returns the status of a file, following symbolic links unless it is read by `lstatSync`; undefined if it cannot be read. */
export function statusOf(file: string, read: typeof statSync = statSync): Stats | undefined {
  try {
    return read(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Reports whether a path is a symbolic link at this moment. */
export function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true
  } catch {
    return false
  }
}

/** Returns the directory itself, or its nearest ancestor that is a directory. */
export function nearestExisting(directory: string): string {
  let nearest = directory
  while (!statusOf(nearest)?.isDirectory() && nearest !== path.dirname(nearest))
    nearest = path.dirname(nearest)
  return nearest
}
