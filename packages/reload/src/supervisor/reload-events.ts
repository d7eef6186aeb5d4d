// The events of a supervisor, and their text for a terminal.

import { displayPath, formatDuration, plural } from '@myfy/core/runtime'
import { formatProblem, type Problem } from '../problem.ts'

/** The origin of the application that serves: the first start, a swap in its process, or a new process. */
export type ReloadKind = 'start' | 'swap' | 'process'

/** An event of a supervisor. */
export type ReloadEvent =
  /** Files were saved with a different content. */
  | { readonly type: 'changed'; readonly files: readonly string[] }
  /** An application serves. */
  | {
      readonly type: 'ready'
      readonly kind: ReloadKind
      /** The time since the change was seen, or since the start, in ms. */
      readonly ms: number
      readonly urls: readonly string[]
      /** The saved files that caused the reload. */
      readonly files: readonly string[]
      /** Set if it is the last working version, which was started again. */
      readonly restored?: boolean
    }
  /**
   * An application does not start, or has failed while it ran: then `ended`, and `crashed` follows. If `serving`, the last
   * working version still serves; if `restarting`, nothing serves until it has been started again.
   */
  | {
      readonly type: 'failed'
      readonly problem: Problem
      readonly serving: boolean
      readonly restarting?: boolean
      readonly ended?: boolean
    }
  /** After a failure, the files equal the last working version again. */
  | { readonly type: 'recovered' }
  /** The replaced application has stopped. */
  | { readonly type: 'replaced'; readonly code: number }
  /** The running application did not answer for `ms`; a new process takes over. */
  | { readonly type: 'unresponsive'; readonly ms: number }
  /** A stopping process did not return to its event loop for `ms` and was killed; `debugged`: a debugger may have paused it. */
  | { readonly type: 'killed'; readonly ms: number; readonly debugged?: boolean }
  /** The application, or its process, ended by itself. */
  | {
      readonly type: 'crashed'
      readonly code: number | null
      readonly signal: string | null
      readonly restarting: boolean
    }
  /** Something is not watched, or not as asked for. */
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  /** A stop was requested. */
  | { readonly type: 'stopping'; readonly signal: string | undefined; readonly forced: boolean }
  /** Everything has stopped. */
  | { readonly type: 'stopped'; readonly code: number }

/** Formats an event for a terminal. Returns undefined for an event that needs no line. */
export function renderReloadEvent(event: ReloadEvent, cwd: string = process.cwd()): string | undefined {
  switch (event.type) {
    case 'changed':
    case 'stopped':
      return undefined
    case 'ready':
      if (event.kind === 'start') return [`ready in ${formatDuration(event.ms)}`, ...event.urls].join('  ')
      if (event.restored) return `restarted in ${formatDuration(event.ms)}`
      return `reloaded ${causes(event.files, cwd)}in ${formatDuration(event.ms)}${event.kind === 'process' ? ' (new process)' : ''}`
    case 'failed':
      return [formatProblem(event.problem, cwd), consequence(event)].filter(Boolean).join('\n')
    case 'recovered':
      return 'the files equal the running version again'
    case 'replaced':
      return event.code === 0 ? undefined : `the replaced application stopped with exit code ${event.code}`
    case 'unresponsive':
      return `the running application did not answer for ${formatDuration(event.ms)}; a new process takes over`
    case 'killed':
      if (event.debugged)
        return `a stopping process did not answer for ${formatDuration(event.ms)} and was killed; the debugger has paused it, or it is in an endless loop`
      return `a stopping process did not pause for ${formatDuration(event.ms)} and was killed; look for an endless loop`
    case 'crashed':
      return `the application ended with ${event.signal ?? `exit code ${event.code}`}; ${event.restarting ? 'starting it again' : 'waiting for a change'}`
    case 'warning':
      return event.message
    case 'stopping':
      if (event.forced) return 'stopping immediately'
      return `stopping${event.signal ? ` (${event.signal})` : ''}${howToForce(event.signal)}`
  }
}

/** Tells what happens after a failure. The end of an application that has run has another line. */
function consequence({
  ended,
  serving,
  restarting,
}: Extract<ReloadEvent, { type: 'failed' }>): string | undefined {
  if (serving) return 'still serving the last working version'
  if (restarting) return 'starting the last working version again'
  return ended ? undefined : 'waiting for a change'
}

/** Names one file, and counts the others. */
function causes(files: readonly string[], cwd: string): string {
  const [first, ...others] = files
  if (first === undefined) return ''
  const more = others.length > 0 ? ` and ${plural(others.length, 'more file', 'more files')}` : ''
  return `${displayPath(cwd, first)}${more} `
}

/** A signal of a program is not a key press. Without a signal, a key or the application has asked for the stop. */
function howToForce(signal: string | undefined): string {
  if (signal === undefined) return '; press Ctrl+C to force it'
  return signal === 'SIGINT' ? '; press Ctrl+C again to force it' : ''
}
