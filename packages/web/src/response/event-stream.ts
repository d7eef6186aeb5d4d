// Server-sent events (text/event-stream, WHATWG HTML section 9.2).

/** One event of a `text/event-stream`. */
export interface ServerEvent {
  /** The data. Anything but text is sent as JSON. */
  readonly data: unknown
  /** The name that the client listens to. Default: `message`. */
  readonly event?: string
  /** The value of `last-event-id` when the client reconnects. */
  readonly id?: string
  /** The delay before the client reconnects, in ms. */
  readonly retry?: number
}

/** The source of events: an iterable, or a function that receives a signal to end and returns one. */
export type EventSource =
  | AsyncIterable<ServerEvent | string>
  | ((ending: AbortSignal) => AsyncIterable<ServerEvent | string>)

/** The options of {@link StreamControl.events}. */
export interface EventStreamOptions {
  /** The silence in ms after which a comment is sent, for proxies that close idle connections. Default: 15,000. */
  readonly heartbeat?: number
}

/** The options of {@link StreamControl.push}. */
export interface PushStreamOptions extends EventStreamOptions {
  /** The maximum number of events that wait for a slow client. One more ends its stream; it reconnects. Default: 1,000. */
  readonly limit?: number
}

/** The time in which a source may still send events after the stream should end, in ms. */
const CLOSE_GRACE_MS = 1_000

type Wakeup = 'heartbeat' | 'timeout'

/** EventStream formats events as text. Use {@link StreamControl.events} to create one. */
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

  /** The events as text, one at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    const events = (typeof this.#source === 'function' ? this.#source(this.#ending) : this.#source)[
      Symbol.asyncIterator
    ]()
    let wake: ((by: Wakeup) => void) | undefined
    let grace: NodeJS.Timeout | undefined
    const onEnding = () => {
      grace = setTimeout(() => wake?.('timeout'), this.#signal.aborted ? 0 : CLOSE_GRACE_MS)
    }
    const heartbeat = setInterval(() => wake?.('heartbeat'), this.#heartbeat)
    if (this.#ending.aborted) onEnding()
    else this.#ending.addEventListener('abort', onEnding, { once: true })
    try {
      let pending: Promise<IteratorResult<ServerEvent | string>> | undefined
      while (true) {
        pending ??= Promise.resolve(events.next())
        const next = pending
        const result = await new Promise<IteratorResult<ServerEvent | string> | Wakeup>((resolve, reject) => {
          wake = resolve
          next.then(resolve, reject)
        })
        if (result === 'timeout') return
        if (result === 'heartbeat') {
          yield ':\n\n'
          continue
        }
        pending = undefined
        if (result.done) return
        yield format(result.value)
      }
    } finally {
      clearInterval(heartbeat)
      clearTimeout(grace)
      this.#ending.removeEventListener('abort', onEnding)
      // A source that hangs must not delay the end of the stream; its error has no reader any more.
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

// A line break in a name would begin another field.
const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, ' ')

/** Subscribes to events: calls `send` for each, and returns the function that unsubscribes. */
export type Subscribe = (send: (event: ServerEvent | string) => void) => () => unknown

/**
 * The events that `subscribe` sends, in order. It is called once, and unsubscribed once: when `ending` aborts, when the
 * reader stops, or when more than `limit` events wait. `onOverflow` is then called: the reader may be blocked permanently.
 */
export async function* pushedEvents(
  subscribe: Subscribe,
  ending: AbortSignal,
  limit: number,
  onOverflow: () => void,
): AsyncGenerator<ServerEvent | string> {
  const waiting: Array<ServerEvent | string> = []
  let wake = () => {}
  let ended = ending.aborted
  let unsubscribe: (() => unknown) | undefined
  const end = () => {
    ended = true
    const close = unsubscribe
    unsubscribe = undefined
    close?.()
    wake()
  }
  let overflowed = false
  const close = subscribe((event) => {
    if (overflowed) return
    if (waiting.length < limit) waiting.push(event)
    else {
      overflowed = true
      end()
      onOverflow()
    }
    wake()
  })
  if (ended || overflowed) close()
  else unsubscribe = close
  ending.addEventListener('abort', end, { once: true })
  try {
    while (!ended) {
      const event = waiting.shift()
      if (event !== undefined) yield event
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    ending.removeEventListener('abort', end)
    end()
  }
  yield* waiting
}
