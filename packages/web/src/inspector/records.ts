// What a recorder keeps: requests and tasks with their parts, and reloads.

import type { TraceName } from '@myfy/core'

/** A part of a request or a task. */
export interface SpanRecord {
  readonly kind: TraceName
  readonly name: string
  /** The time since the request began, in ms. */
  readonly at: number
  ms?: number
  error?: string
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** A log line of a request. */
export interface LineRecord {
  readonly level: string
  readonly message: string
  readonly fields: unknown
  readonly at: number
}

/** A request, or a task. */
export interface WorkRecord {
  /** The number of the work in the record; an id may occur twice. */
  readonly serial: number
  /** Grows with each change; a reader asks for what is newer. */
  version: number
  readonly id: string
  readonly kind: string
  readonly name: string
  /** The time of day at which it began, in ms since the epoch. */
  readonly began: number
  readonly method?: string
  readonly route?: string
  status?: number
  bytes?: number
  ms?: number
  incomplete?: true
  /** True if the limit of recording was reached while it was open: spans and log lines may be missing. */
  partial?: true
  error?: { readonly name: string; readonly message: string; readonly code?: string }
  readonly spans: SpanRecord[]
  readonly lines: LineRecord[]
}

/** A reload. */
export interface ReloadRecord {
  readonly began: number
  readonly files: readonly string[]
  ms?: number
  error?: string
  /** The modules that kept running. */
  readonly reused: string[]
  /** The modules that were started again, each with the reason. */
  readonly replaced: Array<{ readonly module: string; readonly reason: string }>
}

/** A request or a task as a line of a list, without its parts. */
export interface WorkRow extends Omit<WorkRecord, 'spans' | 'lines'> {
  /** The number of its spans and log lines. */
  readonly parts: number
}

/** Returns the line of a list. */
export function rowOf({ spans, lines, ...rest }: WorkRecord): WorkRow {
  return { ...rest, parts: spans.length + lines.length }
}

/**
 * Takes the oldest record out of a list; with `ofMost`, the oldest of the name that has most records: a turn in each second
 * must not hide the job that has failed.
 */
export function takeOldest(list: WorkRecord[], ofMost: boolean): WorkRecord {
  if (!ofMost) return list.shift()!
  const counts = new Map<string, number>()
  for (const { name } of list) counts.set(name, (counts.get(name) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const at = list.findIndex(({ name }) => counts.get(name) === most)
  return list.splice(at, 1)[0]!
}
