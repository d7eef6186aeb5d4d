// A representation whose size is known, as a response: conditional, whole or in ranges (RFC 9110, sections 13 and 14).

import { randomUUID } from 'node:crypto'
import { errors, HTTPException } from '../http/http-exception.ts'
import { type ByteRange, requestedRanges } from './byte-ranges.ts'
import { checkPreconditions, type Validators } from './preconditions.ts'

/** Bytes that can be read in ranges. */
export interface Representation extends Validators {
  /** The size in bytes. */
  readonly size: number
  readonly mediaType: string
  /** Opens a range. A source that has changed rejects here, before the head is sent. */
  open(range: ByteRange): Promise<RangeContents>
}

/** The bytes of a range. */
export type RangeContents = Uint8Array | ReadableStream<Uint8Array>

/**
 * Returns the response for a representation. Without a request it is whole and unconditional.
 *
 * @throws HTTPException 412 or 416
 */
export async function respondWith(
  representation: Representation,
  headers: Headers,
  request?: Request,
): Promise<Response> {
  const { size, mediaType, etag, modified } = representation
  const header = (name: string) => request?.headers.get(name)
  if (etag !== undefined) headers.set('etag', etag)
  if (modified !== undefined) headers.set('last-modified', new Date(modified).toUTCString())
  const method = request?.method ?? 'GET'
  const failed = checkPreconditions(header, representation)
  if (failed === 412) throw errors.preconditionFailed('the file has a different version')
  headers.set('content-type', mediaType)
  // The framing leaves out what describes the content.
  if (failed === 304) {
    headers.set('content-length', String(size))
    return new Response(null, { status: 304, headers })
  }
  headers.set('accept-ranges', 'bytes')
  const ranges = method === 'GET' ? requestedRanges(header, size, representation) : undefined
  if (ranges === 'unsatisfiable')
    throw new HTTPException(416, {
      detail: 'the range is outside the file',
      headers: { 'content-range': `bytes */${size}` },
    })
  if (ranges !== undefined && ranges.length > 1) return partsResponse(representation, ranges, headers)
  const [range] = ranges ?? []
  const { start, end } = range ?? { start: 0, end: size - 1 }
  headers.set('content-length', String(end - start + 1))
  if (range) headers.set('content-range', `bytes ${start}-${end}/${size}`)
  const body = method === 'HEAD' || size === 0 ? null : await representation.open({ start, end })
  return new Response(body as ResponseBody, { status: range ? 206 : 200, headers })
}

type ResponseBody = ConstructorParameters<typeof Response>[0]

/** Several ranges as a `multipart/byteranges` (RFC 9110, section 14.6). */
async function partsResponse(
  representation: Representation,
  ranges: readonly ByteRange[],
  headers: Headers,
): Promise<Response> {
  const { size, mediaType } = representation
  const boundary = randomUUID()
  const heads = ranges.map(({ start, end }, i) =>
    Buffer.from(
      `${i === 0 ? '' : '\r\n'}--${boundary}\r\ncontent-type: ${mediaType}\r\ncontent-range: bytes ${start}-${end}/${size}\r\n\r\n`,
    ),
  )
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = ranges.reduce(
    (sum, range, i) => sum + heads[i]!.byteLength + range.end - range.start + 1,
    end.byteLength,
  )
  headers.set('content-type', `multipart/byteranges; boundary=${boundary}`)
  headers.set('content-length', String(length))
  const first = await representation.open(ranges[0]!)
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const [i, range] of ranges.entries()) {
      yield heads[i]!
      const contents = i === 0 ? first : await representation.open(range)
      if (contents instanceof Uint8Array) yield contents
      // The types of the DOM leave the iterator of a ReadableStream out; Node.js has it.
      else yield* contents as unknown as AsyncIterable<Uint8Array>
    }
    yield end
  }
  return new Response(ReadableStream.from(parts()) as ResponseBody, { status: 206, headers })
}
