// A file as a representation.

import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { errors } from '../http/http-exception.ts'
import type { ByteRange } from './byte-ranges.ts'
import type { RangeContents, Representation } from './representation.ts'

/** A file that exists. */
export interface FileSource {
  readonly path: string
  /** Size in bytes. */
  readonly size: number
  /** The time of the last modification in ms. */
  readonly modified: number
  readonly mediaType: string
  /** The content encoding of a precompressed variant. */
  readonly encoding?: string
}

/** Files up to this size are read before the head is sent, in bytes. */
const MAX_BUFFERED_BYTES = 65_536

/** Returns a file as a representation, whose entity tag is made of its size, its time and its encoding. */
export function fileRepresentation({
  path,
  size,
  modified,
  mediaType,
  encoding,
}: FileSource): Representation {
  const variant = encoding ? `-${encoding}` : ''
  return {
    size,
    modified,
    mediaType,
    etag: `"${size.toString(36)}-${Math.round(modified).toString(36)}${variant}"`,
    open: (range) => contentsOf(path, range),
  }
}

/** Opens a range of a file before the head is sent: a file that is gone by now becomes an error response. */
async function contentsOf(path: string, { start, end }: ByteRange): Promise<RangeContents> {
  const handle = await open(path)
  const length = end - start + 1
  if (length > MAX_BUFFERED_BYTES)
    return Readable.toWeb(handle.createReadStream({ start, end })) as ReadableStream<Uint8Array>
  try {
    const buffer = new Uint8Array(length)
    const { bytesRead } = await handle.read(buffer, 0, length, start)
    if (bytesRead < length) throw errors.serviceUnavailable('the file has changed while it was read')
    return buffer
  } finally {
    await handle.close()
  }
}
