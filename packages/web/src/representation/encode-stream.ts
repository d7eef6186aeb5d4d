// A stream, encoded piece by piece: what its source has produced reaches the reader before the source continues.

import { chunkOf, openStream, type StreamBody } from '../response/stream-source.ts'
import type { StreamEncoder } from './encoders.ts'

/**
 * Encodes a stream. When the source has nothing more at hand, the encoder is flushed; otherwise it is left to collect,
 * which makes the result smaller.
 */
export async function* encodeStream(
  body: StreamBody,
  encoder: StreamEncoder,
  flush: number,
): AsyncGenerator<Uint8Array, void> {
  const source = openStream(body)
  let encoded: Uint8Array[] = []
  const failed = new Promise<never>((_resolve, reject) => encoder.on('error', reject))
  failed.catch(() => {})
  // An encoder whose output is not taken stops; the output of one piece is bounded.
  encoder.on('data', (bytes: Uint8Array) => encoded.push(bytes))
  const take = () => {
    const taken = encoded
    encoded = []
    return taken
  }
  let ended = false
  try {
    let next = source.next()
    for (;;) {
      const { done, value } = await next
      if (done) break
      const chunk = chunkOf(value)
      await Promise.race([failed, new Promise<void>((resolve) => void encoder.write(chunk, () => resolve()))])
      next = source.next()
      next.catch(() => {})
      if (!(await isReady(next)))
        await Promise.race([failed, new Promise<void>((resolve) => encoder.flush(flush, resolve))])
      yield* take()
    }
    ended = true
    const finished = new Promise<void>((resolve) => encoder.once('end', resolve))
    encoder.end()
    await Promise.race([failed, finished])
    yield* take()
  } finally {
    encoder.destroy()
    if (!ended) await source.cancel()
  }
}

/** Reports whether a promise settles within this turn of the event loop. */
function isReady(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const yes = () => resolve(true)
    promise.then(yes, yes)
    setImmediate(resolve, false)
  })
}
