// The file of a path inside a directory, and its precompressed variants.

import { acceptedEncodings, ENCODINGS } from '../representation/content-encoding.ts'
import { DIRECTORY, fileInside, type Located } from '../representation/file-inside.ts'
import { isCompressible, mediaTypeOf } from '../representation/media-types.ts'

/** A file that can be served. */
export interface FoundFile {
  /** The real path, links resolved. */
  readonly path: string
  /** Size in bytes. */
  readonly size: number
  /** The time of the last modification in ms. */
  readonly modified: number
  readonly mediaType: string
  /** The content encoding of a precompressed variant. */
  readonly encoding?: string
  /** True when the response depends on Accept-Encoding. */
  readonly negotiated: boolean
}

/**
 * Decodes a normalized path into the path of a file relative to the directory. Returns undefined for a path that no file
 * can have: with an encoded slash or a NUL, with an empty segment, and with a segment that begins with a dot unless
 * `dotfiles` is set.
 */
export function decodeFilePath(path: string, dotfiles: boolean): string | undefined {
  const segments = path.slice(1).split('/')
  const decoded: string[] = []
  for (const [i, segment] of segments.entries()) {
    let name: string
    try {
      name = decodeURIComponent(segment)
    } catch {
      return undefined
    }
    if (name === '' && i < segments.length - 1) return undefined
    if (/[/\\\0]/.test(name) || name === '.' || name === '..') return undefined
    if (name.startsWith('.') && !dotfiles) return undefined
    decoded.push(name)
  }
  return decoded.join('/')
}

/** Finds a file below a directory. A link that leads out of the directory is not followed. */
export async function findFile(
  directory: string,
  name: string,
  acceptEncoding: string | null,
): Promise<FoundFile | typeof DIRECTORY | undefined> {
  const found = await fileInside(directory, name)
  if (found === undefined || found === DIRECTORY) return found
  const mediaType = mediaTypeOf(name)
  if (!isCompressible(mediaType)) return { ...found, mediaType, negotiated: false }
  const variants = await Promise.all(
    ENCODINGS.map(({ extension }) => newerFile(directory, name + extension, found.modified)),
  )
  for (const encoding of acceptedEncodings(acceptEncoding)) {
    const variant = variants[ENCODINGS.indexOf(encoding)]
    if (variant) return { ...variant, mediaType, encoding: encoding.name, negotiated: true }
  }
  return { ...found, mediaType, negotiated: variants.some((variant) => variant !== undefined) }
}

/** Finds a precompressed variant. One that is older than the file is left over from an earlier build. */
async function newerFile(directory: string, name: string, modified: number): Promise<Located | undefined> {
  const found = await fileInside(directory, name)
  return found === undefined || found === DIRECTORY || found.modified < modified - CLOCK_TOLERANCE_MS
    ? undefined
    : found
}

/** Archives keep times in seconds. */
const CLOCK_TOLERANCE_MS = 1_000
