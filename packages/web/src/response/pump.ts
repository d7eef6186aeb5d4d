// The sending of a stream: with backpressure, within its announced length, and to an orderly end.

import { ResponseError } from '../errors.ts'
import { chunkOf, openStream, type StreamBody } from './stream-source.ts'

/** Sink is the receiver of a stream. */
export interface Sink {
  /** Sends a piece. Returns false if the caller should wait for `ready` before the next. */
  write(chunk: string | Uint8Array): boolean
  /** Resolves when the sink accepts more, or is closed. */
  ready(): Promise<void>
  /** Calls back when the reader has left. */
  onClose(listener: () => void): void
}

/** The limits of a stream. */
export interface PumpOptions {
  /** The exact number of bytes, as the head has announced it. */
  readonly length?: number | undefined
  /** Aborts when the stream should end in order before its source does. */
  readonly ending?: AbortSignal | undefined
}

/** The time that a source may take to end after its reader has left, in ms. */
const CANCEL_GRACE_MS = 1_000

/**
 * Sends a stream until it ends; rejects with its error. When the reader leaves, the source is cancelled, and is waited
 * for briefly: its `finally` may use services that are disposed with the request.
 *
 * @throws ResponseError if the stream has more or fewer bytes than announced; no byte above the length is sent
 */
export async function pump(
  body: StreamBody,
  sink: Sink,
  { length, ending }: PumpOptions = {},
): Promise<void> {
  const source = openStream(body)
  let stopped = false
  let stop: ((end: IteratorResult<unknown>) => void) | undefined
  const onStop = () => {
    stopped = true
    stop?.({ done: true, value: undefined })
  }
  sink.onClose(onStop)
  if (ending?.aborted) onStop()
  else ending?.addEventListener('abort', onStop, { once: true })
  let sent = 0
  try {
    while (!stopped) {
      // Not Promise.race: a promise that stays pending for the whole stream would keep a reaction for every piece.
      const { done, value } = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        stop = resolve
        source.next().then(resolve, reject)
      })
      if (done) break
      const chunk = chunkOf(value)
      if (length !== undefined) {
        sent += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
        if (sent > length) throw wrongLength(length, 'more')
      }
      if (!sink.write(chunk)) await sink.ready()
    }
  } catch (error) {
    void settled(source.cancel)
    throw error
  } finally {
    ending?.removeEventListener('abort', onStop)
  }
  if (stopped) await Promise.race([settled(source.cancel), wait(CANCEL_GRACE_MS)])
  else if (length !== undefined && sent < length) throw wrongLength(length, 'fewer')
}

const wrongLength = (length: number, kind: 'more' | 'fewer') =>
  new ResponseError(
    `Cannot send a stream: it has ${kind} bytes than its content-length of ${length}. Remove the header, or correct it.`,
  )

async function settled(cancel: () => unknown): Promise<void> {
  try {
    await cancel()
  } catch {
    // The source has no reader any more; its error has none either.
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
