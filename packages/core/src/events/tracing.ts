// The tracing channels: what an application does, published on node:diagnostics_channel while somebody listens.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { isThenable } from '../runtime/thrown.ts'

/** The part of a trace that all messages have. */
export interface TraceMessage {
  /** The error, if the work failed. */
  error?: unknown
  /** True if the work continues after the call that began it: it ends with `asyncEnd` instead of `end`. */
  pending?: boolean
  /** Attributes for the span of the work, by the semantic conventions: `db.system.name`, `messaging.system.name`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** A request, from its head to the end of its answer. */
export interface RequestTrace extends TraceMessage {
  /** The id of the request. A tracer may set it to its trace id while `start` is published. */
  id: string
  /** The kind of work: `request`, or `websocket`. */
  readonly kind: string
  /** The method: `GET`. */
  readonly method: string
  /** The pattern of the route; undefined if none matches. */
  readonly route: string | undefined
  /** The path, without the query. */
  readonly path: string
  /** The URL, as the client asked for it. */
  readonly url: URL
  /** The address of the client. */
  readonly address: string | undefined
  /** The address of the other end of the connection: that of a proxy, if there is one. Undefined without a connection. */
  readonly peerAddress?: string | undefined
  /** The port of the other end of the connection. */
  readonly peerPort?: number | undefined
  /** The version of HTTP: `1.1`, `2`; undefined without a connection. */
  readonly protocolVersion?: string | undefined
  /** Returns a header of the request by its name in lower case. */
  header(name: string): string | undefined
  /** The status of the answer; 0 until its head is sent. */
  readonly status: number
  /** The number of bytes of the answer's body that were sent. */
  readonly bytes: number
  /** False if the client has not received the whole answer. */
  complete?: boolean
}

/** The validation, the services and the handler of a request, without the sending of the answer. */
export interface HandlerTrace extends TraceMessage {
  /** The id of the request. */
  readonly id: string
  /** The pattern of the route. */
  readonly route: string
}

/** The construction of a service by its factory. */
export interface ServiceTrace extends TraceMessage {
  /** The name of the service. */
  readonly service: string
  /** The scope of the service: `singleton`, `request`. */
  readonly scope: string
}

/** A statement of a database, or the begin or the end of a transaction. */
export interface TransactionTrace extends TraceMessage {
  /** The name in its span: `INSERT orders`. */
  readonly name: string
}

/** The sending of a message or a job to a queue. Its context is the one in which the message is processed. */
export interface SendTrace extends TraceMessage {
  /** The queue or the topic: the name of the task. */
  readonly destination: string
  /** The id of the message. Set when the system has given it. */
  messageId?: string
}

/** Work outside a request: a task of `spawn`, one turn of `every`, or `app.work`. */
export interface TaskTrace extends TraceMessage {
  /** The name of the task, or the kind of the work. */
  readonly task: string
  /** The module whose task it is; undefined for `app.work`. */
  readonly module: string | undefined
  /** True for a task of `spawn`: it may last as long as its module, and has no span. */
  readonly lasting?: true
  /** The headers that came with the work: a `traceparent` continues the trace of its producer. */
  readonly headers?: Readonly<Record<string, unknown>>
}

/** A hook of a module, a lifespan or an application. */
export interface ModuleTrace extends TraceMessage {
  /** The module, or the hook. */
  readonly module: string
  /** The phase: `start`, `stop`. */
  readonly phase: string
}

/** A reload: the next application replaces the running one. */
export interface ReloadTrace extends TraceMessage {
  /** The changed files. */
  readonly files: readonly string[]
}

/** The messages of the tracing channels, by name. */
export interface TraceMessages {
  /** Requests. */
  readonly request: RequestTrace
  /** Handlers. */
  readonly handler: HandlerTrace
  /** Constructions of services. */
  readonly service: ServiceTrace
  /** Statements of databases. */
  readonly transaction: TransactionTrace
  /** Messages that are sent. */
  readonly send: SendTrace
  /** Tasks. */
  readonly task: TaskTrace
  /** Hooks. */
  readonly module: ModuleTrace
  /** Reloads. */
  readonly reload: ReloadTrace
}

/** The name of a tracing channel: `request` for `tracing:myfy:request`. */
export type TraceName = keyof TraceMessages

/**
 * One of the five channels of a tracing channel. It is a channel of node:diagnostics_channel, of whose declarations the
 * type parameters depend on the version of `@types/node`.
 */
export interface TraceEvent<M> {
  /** Such as `tracing:myfy:request:start`. */
  readonly name: string | symbol
  /** True while somebody listens. */
  readonly hasSubscribers: boolean
  /** Calls a listener for each message. */
  subscribe(listener: (message: M, name: string | symbol) => void): void
  /** Removes a listener. Returns false if it was not subscribed. */
  unsubscribe(listener: (message: M, name: string | symbol) => void): boolean
  /** Enters a store for the work that `runStores` runs. The store has the message, or what `transform` makes of it. */
  bindStore<S>(store: AsyncLocalStorage<S>, transform?: (message: M) => S): void
  /** Removes a store. Returns false if it was not bound. */
  unbindStore<S>(store: AsyncLocalStorage<S>): boolean
  /** Passes a message to the listeners. */
  publish(message: M): void
  /** Passes a message to the listeners, and runs work inside of the stores that are bound. */
  runStores<T>(message: M, work: () => T): T
}

/** The listeners of a tracing channel. */
export type TraceListeners<M> = {
  readonly [E in 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error']: (message: M) => void
}

/** A tracing channel of node:diagnostics_channel with its messages. */
export interface TraceChannel<N extends TraceName> {
  /** The work begins. */
  readonly start: TraceEvent<TraceMessages[N]>
  /** The call has returned, or thrown. */
  readonly end: TraceEvent<TraceMessages[N]>
  /** The code that waits for the promise of the call is about to run. */
  readonly asyncStart: TraceEvent<TraceMessages[N]>
  /** The promise of the call has settled. */
  readonly asyncEnd: TraceEvent<TraceMessages[N]>
  /** The work has failed. */
  readonly error: TraceEvent<TraceMessages[N]>
  /** Subscribes to all five. */
  subscribe(listeners: TraceListeners<TraceMessages[N]>): void
  /** Unsubscribes from all five. */
  unsubscribe(listeners: TraceListeners<TraceMessages[N]>): void
}

/**
 * Returns a tracing channel, `tracing:myfy:request` for `request`. Ask `channel.start.hasSubscribers` before a message is
 * made: without subscribers nothing is published.
 */
export function traceChannel<N extends TraceName>(name: N): TraceChannel<N> {
  const known = channels.get(name)
  if (known) return known as TraceChannel<N>
  // The types of Node.js differ by version; see TraceEvent.
  const made = tracingChannel(`myfy:${name}`) as unknown as TraceChannel<N>
  channels.set(name, made as unknown as TraceChannel<TraceName>)
  return made
}

/** The channels that were asked for: every hook asks for one. */
const channels = new Map<TraceName, TraceChannel<TraceName>>()

/**
 * Runs work as one trace, in the stores that subscribers have bound to `start`. Publishes `start`, then `end` when the
 * call has returned; for a promise also `asyncEnd` when it has settled, and `error` before that if it failed.
 */
export function traced<N extends TraceName, T>(
  channel: TraceChannel<N>,
  message: TraceMessages[N],
  work: () => T,
): T {
  if (!channel.start.hasSubscribers) return work()
  return channel.start.runStores(message, () => {
    try {
      const result = work()
      if (!isThenable(result)) return result
      message.pending = true
      return settle(channel, message, result) as T
    } catch (error) {
      message.error = error
      channel.error.publish(message)
      throw error
    } finally {
      channel.end.publish(message)
    }
  })
}

async function settle<N extends TraceName, T>(
  channel: TraceChannel<N>,
  message: TraceMessages[N],
  result: PromiseLike<T>,
): Promise<T> {
  try {
    return await result
  } catch (error) {
    message.error = error
    channel.error.publish(message)
    throw error
  } finally {
    channel.asyncEnd.publish(message)
  }
}

/**
 * Returns the headers that continue the current trace in another process: `traceparent` and those that the propagator
 * of the tracer adds. They are sent with a job or a message, and passed to `app.work` where it is processed. Empty
 * without a tracer.
 */
export function traceHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  const propagate = channel('myfy:propagate')
  if (propagate.hasSubscribers) propagate.publish(headers)
  return headers
}

/** The subscriber of a tracing channel. */
export interface TraceObserver<M> {
  /** Called when the work begins. */
  start?(message: M): void
  /** Called when the work has ended, at once or later. */
  end?(message: M): void
}

/** Subscribes to a tracing channel. Returns the function that unsubscribes. */
export function observeTraces<N extends TraceName>(
  name: N,
  { start, end }: TraceObserver<TraceMessages[N]>,
): () => void {
  const channel = traceChannel(name)
  const subscribers = {
    start: (message: TraceMessages[N]) => start?.(message),
    end: (message: TraceMessages[N]) => {
      if (message.pending !== true) end?.(message)
    },
    asyncStart: () => {},
    asyncEnd: (message: TraceMessages[N]) => end?.(message),
    error: () => {},
  }
  channel.subscribe(subscribers)
  return () => void channel.unsubscribe(subscribers)
}
