// A Response of the web platform, read as far as it can be read at once: most have their body ready, and then the
// answer is no stream. It gets a length, and its services settle before it is sent.

import type { ReadableStream, ReadableStreamDefaultReader } from 'node:stream/web'
import { fromResponse, isStreamed, type Reply } from './reply.ts'

/** What middleware was given, so that it costs nothing when it is handed back as it was. */
export class ReplyCache {
  readonly #replies = new WeakMap<Response, Reply>()

  remember(response: Response, reply: Reply): Response {
    this.#replies.set(response, reply)
    return response
  }

  /** The answer behind a Response; with the headers that it has by now. */
  async replyOf(response: Response): Promise<Reply> {
    const known = this.#replies.get(response)
    if (!known || response.bodyUsed) return bufferResponse(response)
    return { status: response.status, headers: fromResponse(response).headers, body: known.body }
  }
}

/** The answer that a Response is; a body that is ready is read whole. */
export async function bufferResponse(response: Response): Promise<Reply> {
  const reply = fromResponse(response)
  if (!isStreamed(reply.body) || !('getReader' in reply.body)) return reply
  const reader = reply.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  while (size <= most) {
    const next = await readySoon(reader)
    if (next === undefined) break
    if (next.done) return { ...reply, body: Buffer.concat(chunks) }
    if (!(next.value instanceof Uint8Array))
      throw new TypeError('the body of a returned Response must consist of bytes')
    chunks.push(next.value)
    size += next.value.byteLength
  }
  return { ...reply, body: rest(chunks, reader) }
}

/** How much is read before it is sent, in bytes: what is larger is a stream. */
const most = 1024 * 1024

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/** Reads that were begun and not waited for. */
const begun = new WeakMap<ReadableStreamDefaultReader<Uint8Array>, Promise<Read>>()

/** The next piece if it is there within this turn of the event loop. */
async function readySoon(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Read | undefined> {
  const read = reader.read()
  begun.set(reader, read)
  const next = await Promise.race([
    read,
    new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
  ])
  if (next !== undefined) begun.delete(reader)
  return next
}

/** What was read already, and then the rest. */
function rest(
  chunks: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream {
  const ahead = [...chunks]
  return new globalThis.ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = ahead.shift()
        if (chunk) return controller.enqueue(chunk)
        const pending = begun.get(reader) ?? reader.read()
        begun.delete(reader)
        const next = await pending
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  ) as ReadableStream
}
