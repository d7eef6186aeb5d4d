// What a supervisor tells, as one closed union, and how it reads in a terminal.

import { formatProblem, type Problem } from '../problem.ts'

/** How the next application came to serve: in the same process, or in a fresh one. */
export type ReloadKind = 'start' | 'swap' | 'process'

/** Something that happened in a reload. */
export type ReloadEvent =
  /** Files were saved with another content. */
  | { readonly type: 'changed'; readonly files: readonly string[] }
  /** An application serves. `ms` is the time since the change was seen (or since the start). */
  | {
      readonly type: 'ready'
      readonly kind: ReloadKind
      readonly ms: number
      readonly urls: readonly string[]
    }
  /** It does not start. If `serving`, the last good version goes on. */
  | { readonly type: 'failed'; readonly problem: Problem; readonly serving: boolean }
  /** The files are again what the last good version was made of. */
  | { readonly type: 'recovered' }
  /** A replaced application has stopped. */
  | { readonly type: 'replaced'; readonly code: number }
  /** A process was to stop, did not come back from what it was doing for `ms`, and was killed. */
  | { readonly type: 'killed'; readonly ms: number }
  /** The application, or its process, ended without being asked to. */
  | {
      readonly type: 'crashed'
      readonly code: number | null
      readonly signal: string | null
      readonly restarting: boolean
    }
  /** A stop was asked for. */
  | { readonly type: 'stopping'; readonly signal: string | undefined; readonly forced: boolean }
  /** Everything has stopped. */
  | { readonly type: 'stopped'; readonly code: number }

/** One event as text for a terminal, or undefined if it is not worth a line. */
export function renderReloadEvent(event: ReloadEvent, cwd: string = process.cwd()): string | undefined {
  switch (event.type) {
    case 'changed':
    case 'stopped':
      return undefined
    case 'ready':
      return event.kind === 'start'
        ? `ready in ${time(event.ms)}${event.urls.map((url) => `  ${url}`).join('')}`
        : `reloaded in ${time(event.ms)}${event.kind === 'process' ? ' (fresh process)' : ''}`
    case 'failed':
      return `${formatProblem(event.problem, cwd)}\n${event.serving ? 'the last good version goes on' : 'waiting for a change'}`
    case 'recovered':
      return 'the files are back at the version that runs'
    case 'replaced':
      return event.code === 0 ? undefined : `the replaced application stopped with code ${event.code}`
    case 'killed':
      return `a process that was to stop did not pause for ${time(event.ms)} and was killed; look for an endless loop`
    case 'crashed':
      return `the application ended with ${event.signal ?? `code ${event.code}`}; ${event.restarting ? 'it is started again' : 'waiting for a change'}`
    case 'stopping':
      return event.forced
        ? 'stopping at once'
        : `stopping${event.signal ? ` (${event.signal})` : ''}, press Ctrl+C again to force it`
  }
}

function time(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`
}
