// Everything that happens in the life of an application, as one closed union.

import type { State } from './state.ts'

/** The parts of a life in which code of the user runs, one hook at a time. */
export type Phase =
  | 'configure'
  | 'extend'
  | 'finalize'
  | 'onStartup'
  | 'lifespan up'
  | 'start'
  | 'ready'
  | 'listen'
  | 'drain'
  | 'close'
  | 'tasks'
  | 'stop'
  | 'defer'
  | 'lifespan down'
  | 'onShutdown'
  | 'dispose'
  | 'flush'

/** Something that happened. `at` is the time in ms of the application's clock. */
export type LifecycleEvent = { readonly at: number } & (
  | { readonly type: 'state'; readonly from: State; readonly to: State }
  | {
      readonly type: 'module.discovered'
      readonly module: string
      readonly package: string
      readonly used: boolean
    }
  | { readonly type: 'module.reordered'; readonly module: string; readonly after: string }
  | { readonly type: 'module.reused'; readonly module: string }
  | { readonly type: 'module.starting'; readonly module: string }
  | { readonly type: 'module.started'; readonly module: string; readonly ms: number }
  | { readonly type: 'module.stopping'; readonly module: string }
  | { readonly type: 'module.stopped'; readonly module: string; readonly ms: number }
  | {
      readonly type: 'module.failed'
      readonly module: string
      readonly phase: Phase
      readonly ms: number
      readonly error: unknown
    }
  | { readonly type: 'hook.starting'; readonly phase: Phase; readonly owner: string }
  | { readonly type: 'hook.finished'; readonly phase: Phase; readonly owner: string; readonly ms: number }
  | {
      readonly type: 'hook.failed'
      readonly phase: Phase
      readonly owner: string
      readonly ms: number
      readonly error: unknown
    }
  | {
      readonly type: 'hook.cancelled'
      readonly phase: Phase
      readonly owner: string
      readonly reason: string
    }
  | {
      readonly type: 'hook.abandoned'
      readonly phase: Phase
      readonly owner: string
      readonly ms: number
      readonly forced: boolean
    }
  | { readonly type: 'hook.skipped'; readonly phase: Phase; readonly owner: string }
  | {
      readonly type: 'hook.settledLate'
      readonly phase: Phase
      readonly owner: string
      readonly error?: unknown
    }
  | { readonly type: 'task.started'; readonly module: string; readonly task: string }
  | { readonly type: 'task.ended'; readonly module: string; readonly task: string }
  | {
      readonly type: 'task.failed'
      readonly module: string
      readonly task: string
      readonly error: unknown
      readonly consequence: 'stop' | 'restart' | 'ignore'
      /** Whether the try before failed with the same message. */
      readonly repeated: boolean
    }
  | { readonly type: 'transport.listening'; readonly transport: string; readonly url?: string }
  | { readonly type: 'ready'; readonly ms: number; readonly urls: readonly string[] }
  | {
      readonly type: 'failed'
      readonly during: 'initialize' | 'start'
      readonly error: unknown /** The hook that failed, if it was one. */
      readonly hook?: string
    }
  | { readonly type: 'rollback'; readonly modules: readonly string[] }
  | { readonly type: 'signal'; readonly signal: string; readonly action: 'stop' | 'repeat' | 'force' }
  | {
      readonly type: 'fatal'
      readonly source: 'uncaughtException' | 'unhandledRejection' | 'task' | 'application'
      readonly error: unknown
    }
  | { readonly type: 'stop.requested'; readonly reason: string }
  | {
      readonly type: 'drain.started'
      readonly inFlight: number
      readonly delay: number
      readonly budget: number
    }
  | { readonly type: 'drain.progress'; readonly inFlight: number }
  | { readonly type: 'drain.blocked'; readonly work: readonly string[] }
  | { readonly type: 'drain.finished'; readonly ms: number; readonly cut: number }
  | { readonly type: 'exit.deferred'; readonly code: unknown; readonly stack: string }
  | {
      readonly type: 'stopped'
      readonly code: number
      readonly ms: number
      readonly errors: readonly Error[]
    }
)

/** The name of an event. */
export type LifecycleEventType = LifecycleEvent['type']

/** The event with the given name. */
export type LifecycleEventOf<T extends LifecycleEventType> = Extract<LifecycleEvent, { type: T }>

/** An event before it has its time. */
export type EventBody = LifecycleEvent extends infer E
  ? E extends { at: number }
    ? Omit<E, 'at'>
    : never
  : never

/** Where all events of one application pass. A listener that throws is reported and harms nobody else. */
export class EventBus {
  readonly #now: () => number
  readonly #failed: (error: unknown) => void
  readonly #listeners = new Map<string, Set<(event: LifecycleEvent) => void>>()

  constructor(now: () => number, failed: (error: unknown) => void) {
    this.#now = now
    this.#failed = failed
  }

  emit(body: EventBody): void {
    const event = { ...body, at: this.#now() } as LifecycleEvent
    // Those who write things down come first: what a listener sets off shall stand behind its cause.
    this.#deliver('*', event)
    this.#deliver(event.type, event)
  }

  on(type: string, listener: (event: LifecycleEvent) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  #deliver(type: string, event: LifecycleEvent): void {
    for (const listener of this.#listeners.get(type) ?? []) {
      try {
        listener(event)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}

/** Makes a `switch` over a closed union fail to compile when a member is missing. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`)
}
