// download: a file, or bytes, as an attachment.

import { hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { errors } from '../http/http-exception.ts'
import { DIRECTORY, fileInside } from '../representation/file-inside.ts'
import { fileRepresentation } from '../representation/file-representation.ts'
import { mediaTypeOf } from '../representation/media-types.ts'
import { type Representation, respondWith } from '../representation/representation.ts'
import { type StreamBody, toWebStream } from '../response/stream-source.ts'
import { contentDisposition } from './content-disposition.ts'

/** Options of {@link download}. */
export interface DownloadOptions {
  /** The name under which the client saves it, in any language. Default: that of the file. */
  readonly name?: string
  /**
   * The directory that contains the file: a path, relative to it, that leads out of it is a 404, also through a link.
   * Required for a path that the client chose.
   */
  readonly root?: string
  /** The media type. Default: by the extension of the name. */
  readonly type?: string
  /** Shows it in the browser where possible, instead of saving it. Default: false. */
  readonly inline?: boolean
  /** The request, whose conditions and byte ranges then apply to files and bytes. Default: the whole is sent. */
  readonly request?: Request
}

const optionNames: OptionNames<DownloadOptions> = {
  name: true,
  root: true,
  type: true,
  inline: 'boolean',
  request: true,
}

/** The contents of a download: the path of a file, bytes, or a stream. */
export type DownloadSource = string | URL | Uint8Array | Blob | StreamBody

/**
 * Returns a file as a download (RFC 6266). With `request`, ETag, Last-Modified and byte ranges work as for static files.
 *
 * @param source - the path of a file, a `file:` URL, bytes, or a stream. Set `root` for a path that the client chose.
 * @throws HTTPException 404 if there is no such file, 412 and 416 for conditions and ranges
 *
 * @example
 * ```ts
 * import { defineRoutes, download } from '@myfy/web'
 *
 * export const reports = defineRoutes('/reports', (route) => {
 *   route.get('/2026', ({ request }) => download('./reports/2026.pdf', { request, name: 'Übersicht 2026.pdf' }))
 *   route.get('/:name', ({ params, request }) => download(params.name, { request, root: './reports' }))
 *   route.get('/csv', () => download(Buffer.from('a,b\r\n'), { name: 'table.csv' }))
 * })
 * ```
 */
export async function download(source: DownloadSource, options: DownloadOptions = {}): Promise<Response> {
  assertKnownOptions('download()', options, optionNames)
  const { inline = false, request } = options
  const path = typeof source === 'string' ? source : source instanceof URL ? fileURLToPath(source) : undefined
  const name = options.name ?? (path === undefined ? undefined : basename(path))
  const mediaType = options.type ?? (name === undefined ? 'application/octet-stream' : mediaTypeOf(name))
  const headers = new Headers({
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', name),
  })
  if (path !== undefined) return respondWith(await fileAt(path, mediaType, options.root), headers, request)
  if (source instanceof Uint8Array) return respondWith(bytesOf(source, mediaType), headers, request)
  if (source instanceof Blob)
    return respondWith(bytesOf(new Uint8Array(await source.arrayBuffer()), mediaType), headers, request)
  headers.set('content-type', mediaType)
  return new Response(toWebStream(source as StreamBody) as ReadableStream<Uint8Array>, { headers })
}

async function fileAt(path: string, mediaType: string, root?: string): Promise<Representation> {
  if (root !== undefined) {
    const found = await fileInside(root, path)
    if (found === undefined || found === DIRECTORY) throw errors.notFound('no such file')
    return fileRepresentation({ ...found, mediaType })
  }
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile()) throw errors.notFound('no such file')
  return fileRepresentation({ path, size: stats.size, modified: stats.mtimeMs, mediaType })
}

const bytesOf = (bytes: Uint8Array, mediaType: string): Representation => ({
  size: bytes.byteLength,
  mediaType,
  etag: `"${hash('sha1', bytes, 'base64url')}"`,
  open: async ({ start, end }) => bytes.subarray(start, end + 1),
})
