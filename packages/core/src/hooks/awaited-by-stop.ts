// Detects code that waits for the stop while the stop waits for it.

/** The functions that call and await the user's code. Their names mark a stack; see `isAwaitedByStop`. */
const marker = /\b(?:calledBy|awaitedBy)(?:HookRun|Task|Request)\b/

/** The number of frames of a stack that are searched. */
const FRAMES = 100

/**
 * Reports whether the caller runs inside something that a stop waits for: a hook, a task, a request. Such a caller must not wait
 * for the stop. The stack is the evidence, with its asynchronous part, which V8 follows along `await`: unlike
 * AsyncLocalStorage it costs nothing until somebody stops the application.
 */
export function isAwaitedByStop(): boolean {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace)
  Error.stackTraceLimit = stackTraceLimit
  return marker.test(String(trace.stack))
}
