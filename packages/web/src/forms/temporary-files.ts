// The temporary files of one request.

import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UploadedFile } from './uploaded-file.ts'

/** TemporaryFiles stores files in a directory that only this user can read, created with the first file. */
export class TemporaryFiles {
  #directory: Promise<string> | undefined
  #count = 0

  /** Stores a file. The name of the client is not part of its path. */
  async store(name: string, type: string, contents: AsyncIterable<Uint8Array>): Promise<UploadedFile> {
    this.#directory ??= mkdtemp(join(tmpdir(), 'myfy-upload-'))
    const path = join(await this.#directory, String(this.#count++))
    const handle = await open(path, 'wx', 0o600)
    let size = 0
    try {
      for await (const chunk of contents) {
        await handle.write(chunk)
        size += chunk.byteLength
      }
    } finally {
      await handle.close()
    }
    return new UploadedFile(name, type, size, path)
  }

  /** Removes all files; undefined if there are none. */
  remove(): Promise<void> | undefined {
    return this.#directory?.then((directory) => rm(directory, { recursive: true, force: true }))
  }
}
