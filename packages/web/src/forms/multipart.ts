// The parts of a multipart body, one after the other while they arrive. Parsed by @fastify/busboy: its parser has been
// attacked for years, and its maintainers answer.

import type { Readable } from 'node:stream'
import { errors, HTTPException } from '../http/http-exception.ts'
import { checkHeads, HEAD_LIMITS } from './head-limits.ts'
import { type PartHead, parsePartHead } from './part-head.ts'

/** A part, whose contents must be read before the next part. */
export interface Part extends PartHead {
  readonly contents: AsyncIterable<Uint8Array>
}

/** Returns the boundary of a content type; undefined if it is not a valid one (RFC 2046, section 5.1.1). */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, token] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? token
  return boundary !== undefined && /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)
    ? boundary
    : undefined
}

/**
 * Reads the parts of a body. It reads no further than the part that is being read.
 *
 * @throws HTTPException 400 if the body is malformed or ends too soon, 413 if it has more than `maxParts` parts, or a
 * part with too large a head
 */
export async function* readParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  maxParts: number,
): AsyncGenerator<Part, void> {
  const { Dicer } = await import('@fastify/busboy')
  const parser = new Dicer({
    boundary,
    ...HEAD_LIMITS,
    // `maxHeaderSize` is missing in the types of the library.
  } as never)
  const arrived: Part[] = []
  let failure: unknown
  let ended = false
  let begun = 0
  let described = 0
  let wake = () => {}
  /** The parts that are not read to their end. A failure ends their readers. */
  const open = new Set<Readable>()
  const fail = (error: unknown) => {
    failure ??= error
    for (const stream of open) stream.destroy()
    open.clear()
    wake()
  }
  checkHeads(parser, fail)
  parser.on('error', () => fail(malformed()))
  parser.on('finish', () => {
    if (begun !== described) fail(errors.badRequest('a part of the form has no headers'))
    ended = true
    wake()
  })
  parser.on('part', (stream: Readable) => {
    stream.on('error', () => fail(malformed()))
    stream.on('end', () => open.delete(stream))
    begun++
    if (begun > maxParts) fail(new HTTPException(413, { detail: `the form has more than ${maxParts} parts` }))
    if (failure !== undefined) return void stream.resume()
    open.add(stream)
    stream.on('header', (headers: Record<string, string[]>) => {
      described++
      try {
        arrived.push({ ...parsePartHead(headers), contents: contentsOf(stream, () => failure) })
      } catch (error) {
        fail(error)
        stream.resume()
      }
      wake()
    })
  })
  const reader = body[Symbol.asyncIterator]()
  const feeding = feed(reader, parser as Parser, () => failure !== undefined).catch(fail)
  try {
    for (;;) {
      if (failure !== undefined) throw failure
      const part = arrived.shift()
      if (part !== undefined) {
        yield part
        continue
      }
      if (ended) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    fail(new DOMException('the form is not read any more', 'AbortError'))
    parser.destroy()
    await reader.return?.()
    await feeding
  }
}

interface Parser {
  readonly destroyed: boolean
  write(chunk: Uint8Array): boolean
  end(): void
  on(event: 'drain' | 'close', listener: () => void): Parser
  off(event: 'drain' | 'close', listener: () => void): Parser
}

/** Passes the body to the parser, as fast as its parts are read. */
async function feed(reader: AsyncIterator<Uint8Array>, parser: Parser, isOver: () => boolean): Promise<void> {
  for (let read = await reader.next(); !read.done; read = await reader.next()) {
    // The request may end only after its body is read or cancelled.
    if (isOver()) return void (await reader.return?.())
    if (!parser.write(read.value))
      await new Promise<void>((resolve) => {
        const proceed = () => {
          parser.off('drain', proceed).off('close', proceed)
          resolve()
        }
        parser.on('drain', proceed).on('close', proceed)
        if (parser.destroyed) proceed()
      })
  }
  parser.end()
}

async function* contentsOf(stream: Readable, failure: () => unknown): AsyncGenerator<Uint8Array, void> {
  try {
    if (failure() !== undefined) throw failure()
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      if (failure() !== undefined) throw failure()
      yield chunk as Uint8Array
    }
  } catch (error) {
    throw failure() ?? error
  } finally {
    // The parser continues behind a part that its reader has left.
    stream.resume()
  }
  if (failure() !== undefined) throw failure()
}

const malformed = (): HTTPException =>
  errors.badRequest('the form is malformed, or ended before its last boundary')
