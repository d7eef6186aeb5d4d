// The events of the lifecycle, as one closed union.

import { MyfyError } from '@myfy/di'
import type { SignalMeaning } from '../runtime/process-signals.ts'
import type { State } from './state.ts'

/** The parts of a lifecycle in which the user's code runs, one hook at a time. */
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
  | 'task'
  | 'stop'
  | 'defer'
  | 'lifespan down'
  | 'onShutdown'
  | 'dispose'
  | 'flush'

/** An event of the lifecycle. `at` is the time of the application's clock, in ms. */
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
  | {
      /** In a reload: the running module stops, and this one starts in its place. */
      readonly type: 'module.replaced'
      readonly module: string
      readonly reason: string
    }
  | { readonly type: 'settings.warning'; readonly message: string }
  /** A module declares something that no module of the application reads. */
  | {
      readonly type: 'module.unread'
      readonly module: string
      readonly field: string
      readonly message: string
    }
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
  /** The health of a module has changed. A check runs for each request to a health route, and only a change is an event. */
  | {
      readonly type: 'module.unhealthy'
      readonly module: string
      /** The message of the exception, if `isHealthy` threw one. */
      readonly reason?: string
    }
  | { readonly type: 'module.healthy'; readonly module: string }
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
      /** The task was not started: its module has stopped, or its start was abandoned. */
      readonly type: 'task.refused'
      readonly module: string
      readonly task: string
    }
  | {
      readonly type: 'task.failed'
      readonly module: string
      readonly task: string
      readonly error: unknown
      readonly consequence: 'stop' | 'restart' | 'ignore'
      /** True if the previous attempt failed with the same message. */
      readonly repeated: boolean
    }
  | { readonly type: 'transport.listening'; readonly transport: string; readonly url?: string }
  | { readonly type: 'ready'; readonly ms: number; readonly urls: readonly string[] }
  | {
      readonly type: 'failed'
      readonly during: 'initialize' | 'start'
      readonly error: unknown
      /** The hook that failed, if a hook did. */
      readonly hook?: string
    }
  | { readonly type: 'rollback'; readonly modules: readonly string[] }
  | { readonly type: 'signal'; readonly signal: string; readonly action: SignalMeaning }
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
  | {
      readonly type: 'drain.progress'
      readonly inFlight: number
      /** The obstacles of the drain: hooks by name, work by label with its count. */
      readonly waitingFor: readonly string[]
    }
  | { readonly type: 'drain.blocked'; readonly work: readonly string[] }
  | { readonly type: 'drain.finished'; readonly ms: number; readonly cut: number }
  | {
      /** `process.exit` was called while the application runs; the process ends at once. */
      readonly type: 'exit.called'
      readonly code: unknown
      readonly stack: string
    }
  | { readonly type: 'exit.deferred'; readonly code: unknown; readonly stack: string }
  | {
      readonly type: 'stopped'
      readonly code: number
      readonly ms: number
      readonly errors: readonly Error[]
    }
)

/** The type of an event. */
export type LifecycleEventType = LifecycleEvent['type']

/** The event of a given type. */
export type LifecycleEventOf<T extends LifecycleEventType> = Extract<LifecycleEvent, { type: T }>

/** An event without its time. */
export type EventBody = LifecycleEvent extends infer E
  ? E extends { at: number }
    ? Omit<E, 'at'>
    : never
  : never

/** Returns a hook for people: `start of data`, `task poll of worker`. */
export function describeHook({ phase, owner }: { readonly phase: Phase; readonly owner: string }): string {
  return phase === 'task' ? `task ${owner}` : `${phase} of ${owner}`
}

/** Fails to compile where a `switch` over a closed union lacks a member. */
export function assertNever(value: never): never {
  throw new MyfyError(
    'MYFY_UNEXPECTED_VALUE',
    `Cannot handle ${JSON.stringify(value)}: the value is not a member of its union. Use the same version of every @myfy package.`,
  )
}
