// The files of a form as a handler receives them.

import { createReadStream } from 'node:fs'
import { copyFile, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { explainNoRoom } from './no-room.ts'

/** A file of a form that is kept in a temporary file until the request has ended. */
export class UploadedFile {
  /** The name that the client gave it, without directories. Do not use it as a path. */
  readonly name: string
  /** The media type that the client stated, in lower case. The contents may differ. */
  readonly type: string
  /** The size in bytes. */
  readonly size: number
  /** The temporary file. */
  readonly path: string

  /** @internal */
  constructor(name: string, type: string, size: number, path: string) {
    this.name = name
    this.type = type
    this.size = size
    this.path = path
  }

  /** Opens the contents. */
  stream(): Readable {
    return createReadStream(this.path)
  }

  /** Reads the contents. */
  bytes(): Promise<Buffer> {
    return readFile(this.path)
  }

  /** Reads the contents as UTF-8. */
  text(): Promise<string> {
    return readFile(this.path, 'utf8')
  }

  /**
   * Moves the file to a path, where it remains. Across file systems it is copied.
   *
   * @throws HTTPException 503 if the disk has no room for it
   */
  async moveTo(path: string): Promise<void> {
    try {
      await rename(this.path, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') return this.#copyTo(path)
      throw explainNoRoom(error, dirname(path), 'Free space there')
    }
  }

  async #copyTo(path: string): Promise<void> {
    try {
      await copyFile(this.path, path)
    } catch (error) {
      throw explainNoRoom(error, dirname(path), 'Free space there')
    }
  }
}

/** A file of a form that is passed on while it arrives. */
export class StreamedFile {
  /** The name that the client gave it, without directories. Do not use it as a path. */
  readonly name: string
  /** The media type that the client stated, in lower case. The contents may differ. */
  readonly type: string
  readonly #contents: AsyncIterable<Uint8Array>

  /** @internal */
  constructor(name: string, type: string, contents: AsyncIterable<Uint8Array>) {
    this.name = name
    this.type = type
    this.#contents = contents
  }

  /**
   * The contents, to be read once. Reading fails with an `HTTPException` if the file is too large, if the client leaves,
   * or if another declared part follows: return or throw it, or let it pass.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#contents[Symbol.asyncIterator]()
  }
}
