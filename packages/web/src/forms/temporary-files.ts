// The temporary files of one request, in a directory that the requests of a route share while there are any.

import { mkdtemp, open, rm, rmdir, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explainNoRoom } from './no-room.ts'
import { UploadedFile } from './uploaded-file.ts'

/** A directory with the number of requests that use it. */
interface Shared {
  readonly path: Promise<string>
  users: number
  files: number
}

/**
 * TemporaryDirectory is a directory that only this user can read. The first request that needs it creates it, the last one
 * removes it. Both cost more than to store a small file.
 */
export class TemporaryDirectory {
  #current: Shared | undefined

  /** Takes the directory for a request, which must release it. */
  acquire(): Shared {
    this.#current ??= { path: mkdtemp(join(tmpdir(), 'myfy-upload-')), users: 0, files: 0 }
    const shared = this.#current
    shared.users++
    // The next request tries again.
    shared.path.catch(() => this.#forget(shared))
    return shared
  }

  /** Releases a directory, and removes it if no other request uses it. */
  async release(shared: Shared): Promise<void> {
    if (--shared.users > 0) return
    this.#forget(shared)
    const path = await shared.path.catch(() => undefined)
    if (path === undefined) return
    // A handler may have put files beside those of the form.
    await rmdir(path).catch(() => rm(path, { recursive: true, force: true }))
  }

  #forget(shared: Shared): void {
    if (this.#current === shared) this.#current = undefined
  }
}

/** TemporaryFiles stores the files of one request. */
export class TemporaryFiles {
  readonly #directory: TemporaryDirectory
  #shared: Shared | undefined
  readonly #stored: Array<Promise<UploadedFile>> = []
  readonly #paths: string[] = []

  constructor(directory: TemporaryDirectory) {
    this.#directory = directory
  }

  /**
   * Stores a file. The name of the client is not part of its path.
   *
   * @throws HTTPException 503 if the disk has no room for it; or if the client has left
   */
  store(name: string, type: string, contents: AsyncIterable<Uint8Array>): Promise<UploadedFile> {
    const stored = this.#store(name, type, contents).catch((error: unknown) => {
      throw explainNoRoom(error, tmpdir(), 'Free space there, or set TMPDIR to a folder with more')
    })
    this.#stored.push(stored)
    return stored
  }

  async #store(name: string, type: string, contents: AsyncIterable<Uint8Array>): Promise<UploadedFile> {
    this.#shared ??= this.#directory.acquire()
    const shared = this.#shared
    const path = join(await shared.path, String(shared.files++))
    this.#paths.push(path)
    const handle = await open(path, 'wx', 0o600)
    let size = 0
    try {
      for await (const chunk of contents) {
        const { bytesWritten } = await handle.write(chunk)
        // A disk that has room for a part of a chunk stores that part, without an error.
        if (bytesWritten < chunk.byteLength) await handle.appendFile(chunk.subarray(bytesWritten))
        size += chunk.byteLength
      }
    } finally {
      await handle.close()
    }
    return new UploadedFile(name, type, size, path)
  }

  /** Removes all files. */
  async remove(): Promise<void> {
    await Promise.allSettled(this.#stored)
    if (this.#shared === undefined) return
    // A handler may have moved a file.
    await Promise.all(this.#paths.map((path) => unlink(path).catch(() => {})))
    await this.#directory.release(this.#shared)
  }
}
