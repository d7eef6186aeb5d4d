// A lock on a directory that the kernel holds: it ends with the process, however that ends, and excludes processes in
// other containers that mount the same volume. A file with a process id does neither.

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { clauseOf } from '@myfy/core/runtime'
import { DatabaseError } from '../errors.ts'

/**
 * Locks a directory until the returned function is called.
 *
 * @throws DatabaseError `MYFY_DATA_DIR_IN_USE` if another process, or another application in this one, holds the lock,
 * `MYFY_DATA_DIR_UNWRITABLE` if the directory cannot be written
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  // Node has no file locks. This addon has prebuilt binaries and uses open file description locks, LockFileEx on Windows.
  const { tryLock } = createRequire(import.meta.url)('fs-native-extensions') as {
    tryLock(fd: number): boolean
  }
  const file = await openLock(directory)
  if (!tryLock(file)) {
    const owner = readFileSync(file, 'utf8').trim() || 'another process'
    closeSync(file)
    throw new DatabaseError(
      'MYFY_DATA_DIR_IN_USE',
      `Cannot open the data directory ${directory}: it is in use by ${owner}. Stop that process, choose another directory, or share a server with the option url.`,
    )
  }
  ftruncateSync(file)
  writeSync(file, `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`)
  return async () => closeSync(file)
}

async function openLock(directory: string): Promise<number> {
  try {
    await mkdir(directory, { recursive: true })
    // The file stays: removing it would let a second process lock a new file of the same name.
    // A descriptor, not a FileHandle: the garbage collector closes a handle without references, and the lock with it.
    return openSync(join(directory, 'lock'), 'a+')
  } catch (cause) {
    throw new DatabaseError(
      'MYFY_DATA_DIR_UNWRITABLE',
      `Cannot open the data directory ${directory}: ${clauseOf(cause)}. Make it writable, or choose another one with the option directory.`,
      { cause },
    )
  }
}
