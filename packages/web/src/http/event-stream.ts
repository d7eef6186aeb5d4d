// Answers that come piece by piece: server-sent events, and the pump that sends any stream.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Exchange } from '../request/exchange.ts'

/** A body that comes piece by piece: text or bytes from an async iterable, a web stream, or a Node stream. */
export type StreamBody = AsyncIterable<unknown> | ReadableStream | Readable

/** One event of a `text/event-stream`. */
export interface ServerEvent {
  /** The data; anything but text is sent as JSON. */
  readonly data: unknown
  /** The name that the client listens to. Default: `message`. */
  readonly event?: string
  /** What the client sends as `last-event-id` when it comes back. */
  readonly id?: string
  /** How long the client waits until it comes back, in ms. */
  readonly retry?: number
}

/** Where the events come from: an iterable, or a function that gets the signal to end and returns one. */
export type EventSource =
  | AsyncIterable<ServerEvent | string>
  | ((ending: AbortSignal) => AsyncIterable<ServerEvent | string>)

/** What {@link StreamControl.events} takes. */
export interface EventStreamOptions {
  /** A comment is sent after so many ms of silence, for proxies that close silent connections. Default: 15,000. */
  readonly heartbeat?: number
}

/** What {@link StreamControl.push} takes. */
export interface PushStreamOptions extends EventStreamOptions {
  /** How many events wait for a slow client; with one more its stream ends, and it comes back. Default: 1,000. */
  readonly limit?: number
}

/** Makes streams, and tells when they should end. */
export class StreamControl {
  readonly #exchange: Exchange
  #ending: AbortController | undefined

  /** @internal */
  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** Aborts when the stream should come to its end: the application drains, or the client has left. */
  get ending(): AbortSignal {
    if (!this.#ending) {
      const ending = new AbortController()
      this.#ending = ending
      const { signal, owner } = this.#exchange
      const unlisten = owner?.onEnding(() =>
        ending.abort(new DOMException('the application drains', 'AbortError')),
      )
      const left = () => {
        unlisten?.()
        ending.abort(signal.reason)
      }
      if (signal.aborted) left()
      else signal.addEventListener('abort', left, { once: true })
      this.#exchange.onEnd(() => unlisten?.())
    }
    return this.#ending.signal
  }

  /**
   * A `text/event-stream` to return from a handler. When the application drains, `ending` aborts; the source has a
   * second to say good-bye, then the stream is ended between two events, and the client comes back elsewhere.
   *
   * @example
   * ```ts
   * import { defineRoutes } from '@myfy/web'
   * import { setTimeout } from 'node:timers/promises'
   *
   * export const clock = defineRoutes('/clock', (route) => {
   *   route.get('/', ({ stream }) => stream.events(async function* (ending) {
   *     while (!ending.aborted) {
   *       yield { event: 'tick', data: { now: Date.now() } }
   *       await setTimeout(1_000, undefined, { signal: ending }).catch(() => {})
   *     }
   *   }))
   * })
   * ```
   */
  events(source: EventSource, options: EventStreamOptions = {}): EventStream {
    return new EventStream(source, this.ending, this.#exchange.signal, options.heartbeat ?? 15_000)
  }

  /**
   * A `text/event-stream` of what happens elsewhere: `open` subscribes, with `send` as the listener, and returns what
   * ends that. It is called once, when the application drains or the client has left; what it sends is the last word.
   *
   * @example
   * ```ts
   * import { EventEmitter } from 'node:events'
   * import { defineRoutes } from '@myfy/web'
   *
   * const news = new EventEmitter()
   *
   * export const ticker = defineRoutes('/news', (route) => {
   *   route.get('/', { timeout: 0 }, ({ stream }) => stream.push((send) => {
   *     const tell = (headline: string) => send({ event: 'news', data: { headline } })
   *     news.on('headline', tell)
   *     return () => news.off('headline', tell)
   *   }))
   * })
   * ```
   */
  push(
    open: (send: (event: ServerEvent | string) => void) => () => unknown,
    options: PushStreamOptions = {},
  ): EventStream {
    return this.events((ending) => pushed(open, ending, options.limit ?? 1_000), options)
  }
}

/** The events that were sent, one after the other. */
async function* pushed(
  open: (send: (event: ServerEvent | string) => void) => () => unknown,
  ending: AbortSignal,
  limit: number,
): AsyncGenerator<ServerEvent | string> {
  const waiting: Array<ServerEvent | string> = []
  let wake = () => {}
  let over = ending.aborted
  const end = () => {
    over = true
    wake()
  }
  const close = open((event) => {
    if (waiting.length < limit) waiting.push(event)
    else over = true
    wake()
  })
  ending.addEventListener('abort', end, { once: true })
  try {
    while (!over) {
      const event = waiting.shift()
      if (event !== undefined) yield event
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    ending.removeEventListener('abort', end)
    close()
  }
  yield* waiting
}

/** How long a source of events may go on after it was told to end, in ms. */
const CLOSE_GRACE_MS = 1_000

type Wakeup = 'beat' | 'over'

/** Server-sent events, as text on their way to the client. Made by {@link StreamControl.events}. */
export class EventStream implements AsyncIterable<string> {
  readonly #source: EventSource
  readonly #ending: AbortSignal
  readonly #signal: AbortSignal
  readonly #heartbeat: number

  /** @internal */
  constructor(source: EventSource, ending: AbortSignal, signal: AbortSignal, heartbeat: number) {
    this.#source = source
    this.#ending = ending
    this.#signal = signal
    this.#heartbeat = heartbeat
  }

  /** The text, event by event. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    const events = (typeof this.#source === 'function' ? this.#source(this.#ending) : this.#source)[
      Symbol.asyncIterator
    ]()
    let wake: ((by: Wakeup) => void) | undefined
    let goodbye: NodeJS.Timeout | undefined
    const over = () => wake?.('over')
    const ending = () => {
      goodbye = setTimeout(over, this.#signal.aborted ? 0 : CLOSE_GRACE_MS)
    }
    const beat = setInterval(() => wake?.('beat'), this.#heartbeat)
    if (this.#ending.aborted) ending()
    else this.#ending.addEventListener('abort', ending, { once: true })
    try {
      let pending: Promise<IteratorResult<ServerEvent | string>> | undefined
      while (true) {
        pending ??= Promise.resolve(events.next())
        const next = pending
        const result = await new Promise<IteratorResult<ServerEvent | string> | Wakeup>((resolve, reject) => {
          wake = resolve
          next.then(resolve, reject)
        })
        if (result === 'over') return
        if (result === 'beat') {
          yield ':\n\n'
          continue
        }
        pending = undefined
        if (result.done) return
        yield format(result.value)
      }
    } finally {
      clearInterval(beat)
      clearTimeout(goodbye)
      this.#ending.removeEventListener('abort', ending)
      // A source that hangs must not hold the end of the stream; what it throws has no reader any more.
      Promise.resolve(events.return?.()).catch(() => {})
    }
  }
}

function format(event: ServerEvent | string): string {
  if (typeof event === 'string') return format({ data: event })
  let text = ''
  if (event.event !== undefined) text += `event: ${oneLine(event.event)}\n`
  if (event.id !== undefined) text += `id: ${oneLine(event.id)}\n`
  if (event.retry !== undefined) text += `retry: ${Math.round(event.retry)}\n`
  const data = typeof event.data === 'string' ? event.data : (JSON.stringify(event.data) ?? 'null')
  for (const line of data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`
  return `${text}\n`
}

// A line break in a name would begin a field that the server did not mean.
const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, ' ')

/** Where a stream is sent to. */
export interface Sink {
  /** Takes a piece; false when it would rather be waited for. */
  write(chunk: string | Uint8Array): boolean
  /** Resolves when it takes more, or is closed. */
  ready(): Promise<void>
  /** Calls back when nobody reads any more. */
  onClose(listener: () => void): void
}

/**
 * Sends a stream until it ends; rejects with its error. When the reader leaves, the source is told, and is waited
 * for a moment: its `finally` may use services that go with the request.
 */
export async function pump(body: StreamBody, sink: Sink): Promise<void> {
  const source = open(body)
  let left = false
  let leave: ((end: IteratorResult<unknown>) => void) | undefined
  sink.onClose(() => {
    left = true
    leave?.({ done: true, value: undefined })
  })
  while (!left) {
    // Not Promise.race: a promise that stays pending for the whole stream would keep a reaction for every piece.
    const { done, value } = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
      leave = resolve
      source.next().then(resolve, reject)
    })
    if (done) break
    if (!sink.write(asChunk(value))) await sink.ready()
  }
  if (left) await Promise.race([Promise.resolve(source.cancel()).catch(() => {}), wait(CLOSE_GRACE_MS)])
}

/** Ends a stream that nobody will read. */
export function discard(body: StreamBody): void {
  Promise.resolve(open(body).cancel()).catch(() => {})
}

interface Source {
  next(): Promise<IteratorResult<unknown, unknown>>
  cancel(): unknown
}

function open(body: StreamBody): Source {
  if (body instanceof Readable) {
    const iterator = body[Symbol.asyncIterator]()
    return { next: () => iterator.next(), cancel: () => body.destroy() }
  }
  if ('getReader' in body) {
    const reader = body.getReader()
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, cancel: () => reader.cancel() }
  }
  const iterator = body[Symbol.asyncIterator]()
  return { next: () => iterator.next(), cancel: () => iterator.return?.() }
}

function asChunk(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  throw new TypeError(`a stream gave a ${typeof value}; it may give text and bytes only`)
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
