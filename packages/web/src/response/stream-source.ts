// The body of an answer that is produced piece by piece, whatever its form, read in one way.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { ResponseError } from '../errors.ts'

/** A body that is produced piece by piece: text or bytes from an async iterable, a web stream, or a Node stream. */
export type StreamBody = AsyncIterable<unknown> | ReadableStream | Readable

/** StreamSource reads a body piece by piece. */
export interface StreamSource {
  next(): Promise<IteratorResult<unknown, unknown>>
  /** Ends the source early. */
  cancel(reason?: unknown): unknown
}

/** Opens a body. It can be opened once. */
export function openStream(body: StreamBody): StreamSource {
  if (body instanceof PreparedStream) return body.open()
  if (body instanceof Readable) {
    const iterator = body[Symbol.asyncIterator]()
    return { next: () => iterator.next(), cancel: () => body.destroy() }
  }
  if ('getReader' in body) {
    const reader = body.getReader()
    return {
      next: () => reader.read() as Promise<IteratorResult<unknown>>,
      cancel: (reason) => reader.cancel(reason),
    }
  }
  const iterator = body[Symbol.asyncIterator]()
  return { next: () => iterator.next(), cancel: () => iterator.return?.() }
}

/** Ends a stream that is not going to be read. A source that was opened already is left to its reader. */
export function discardStream(body: StreamBody): void {
  if ('locked' in body && body.locked) return
  Promise.resolve()
    .then(() => {
      // A Node stream that has failed already would report it to a listener that is gone.
      if (body instanceof Readable) body.on('error', () => {}).destroy()
      else return openStream(body).cancel()
    })
    .catch(() => {})
}

/** Reports whether no part of a web stream has been read and it has no reader. */
export const isUnread = (stream: ReadableStream): boolean =>
  !stream.locked && !Readable.isDisturbed(stream as never)

/** PreparedStream is a body whose first pieces have been read ahead. It yields them before the rest. */
export class PreparedStream implements AsyncIterable<unknown> {
  readonly #source: StreamSource
  readonly #ahead: Array<Promise<IteratorResult<unknown>> | IteratorResult<unknown>>

  constructor(
    source: StreamSource,
    ahead: ReadonlyArray<Promise<IteratorResult<unknown>> | IteratorResult<unknown>>,
  ) {
    this.#source = source
    this.#ahead = [...ahead]
  }

  open(): StreamSource {
    return {
      next: async () => this.#ahead.shift() ?? this.#source.next(),
      cancel: (reason) => this.#source.cancel(reason),
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    const source = this.open()
    return {
      next: () => source.next(),
      return: async () => {
        await source.cancel()
        return { done: true, value: undefined }
      },
    }
  }
}

/** Waits for the first piece of a body, so that a source which fails at once fails before the head is sent. */
export async function withFirstChunk(body: StreamBody): Promise<StreamBody> {
  const source = openStream(body)
  const first = await source.next()
  const prepared = new PreparedStream(source, [first])
  try {
    if (!first.done) chunkOf(first.value)
  } catch (error) {
    discardStream(prepared)
    throw error
  }
  return prepared
}

/** A piece of a stream as it is sent. */
export function chunkOf(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  throw new ResponseError(
    `Cannot send a stream: it produced a value of type ${typeof value}. Produce strings and Uint8Arrays only.`,
  )
}

/** A body as a web stream. Nothing is read before the first pull. */
export function toWebStream(body: StreamBody): ReadableStream<Uint8Array> {
  if (!(body instanceof Readable) && 'getReader' in body) return body as ReadableStream<Uint8Array>
  let source: StreamSource | undefined
  const open = () => {
    source ??= openStream(body)
    return source
  }
  return new globalThis.ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await open().next()
        if (done) return controller.close()
        const chunk = chunkOf(value)
        controller.enqueue(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
      },
      async cancel(reason) {
        await open().cancel(reason)
      },
    },
    { highWaterMark: 0 },
  ) as ReadableStream<Uint8Array>
}
