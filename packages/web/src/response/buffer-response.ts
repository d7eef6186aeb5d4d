// A Response of the web platform, read as far as its body is ready. Most bodies are ready at once; such an answer is
// not a stream: it gets a length, and its services settle before it is sent.

import type { ReadableStreamDefaultReader } from 'node:stream/web'
import { ResponseError } from '../errors.ts'
import { fromResponse, isEventStream, isStreamed, type Reply } from './reply.ts'
import { openStream, PreparedStream } from './stream-source.ts'

/** The number of bytes that are read before the head is sent. A larger body is a stream. */
const MAX_BUFFERED_BYTES = 1024 * 1024
/** The number of pieces that are read before the head is sent. A body with more is a stream. */
const MAX_BUFFERED_CHUNKS = 256

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/**
 * Returns the answer that a Response is. A body that is ready is read whole; of another at least the first piece, so
 * that a source which fails at once fails before the head is sent. Event streams may have no first piece for long.
 */
export async function bufferResponse(response: Response): Promise<Reply> {
  const reply = fromResponse(response)
  if (!isStreamed(reply.body)) return reply
  const source = openStream(reply.body)
  const chunks: Uint8Array[] = []
  const ahead = () => chunks.map((value) => ({ done: false as const, value }))
  for (let size = 0; size <= MAX_BUFFERED_BYTES && chunks.length < MAX_BUFFERED_CHUNKS; ) {
    const read = source.next() as Promise<Read>
    const next = await (chunks.length > 0 || isEventStream(reply) ? readSoon(read) : read)
    if (next === undefined) return { ...reply, body: new PreparedStream(source, [...ahead(), read]) }
    if (next.done) return { ...reply, body: Buffer.concat(chunks) }
    if (!(next.value instanceof Uint8Array))
      throw new ResponseError(
        `Cannot send the returned Response: its body produced a value of type ${typeof next.value}. Produce Uint8Arrays.`,
      )
    chunks.push(next.value)
    size += next.value.byteLength
  }
  return { ...reply, body: new PreparedStream(source, ahead()) }
}

/** The next piece if it is there within this turn of the event loop. */
async function readSoon(read: Promise<Read>): Promise<Read | undefined> {
  read.catch(() => {})
  return Promise.race([read, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])
}
