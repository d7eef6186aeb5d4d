// The one grammar of durations: `500ms`, `30s`, `2m`, `1h`.

import { MyfyError } from '@myfy/di'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/**
 * A duration in an option: a number of milliseconds, or a text with a unit.
 *
 * @example
 * ```ts
 * import type { Duration } from '@myfy/core'
 *
 * const durations: Duration[] = [30_000, '30s', '500ms', '2m', '1h']
 * ```
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

/** The form of a duration, for error messages. */
export const DURATION_FORM = '500ms, 30s, 2m or 1h'

/**
 * Returns the milliseconds of a text such as `30s`; undefined if it is not a duration. A number without a unit is in
 * seconds, as in Kubernetes and Docker. This holds for text alone: a number in an option is in milliseconds.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)?$/.exec(text.trim())
  return match ? Number(match[1]) * units[(match[2] ?? 's') as keyof typeof units] : undefined
}

/** Returns a duration for people: `0.4 ms`, `12 ms`, `1.2 s`, `30 s`. `parseDuration` reads it back. */
export function formatDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'unlimited'
  if (ms >= 999.5) return `${trimmed(ms / 1000)} s`
  return ms >= 9.95 ? `${Math.round(ms)} ms` : `${trimmed(ms)} ms`
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

/** An option has an invalid value. */
export class OptionError extends MyfyError {}

/** The values that a duration option accepts, in ms. */
export interface DurationBounds {
  /** The least value. Default: 0. */
  readonly least?: number
  /** True if `Infinity` is accepted. Default: false. */
  readonly unlimited?: boolean
}

/**
 * Returns the milliseconds of an option.
 *
 * @param name the option's path, for the error: `shutdown.drain`
 * @throws OptionError for anything but a number of milliseconds or a text with a unit
 */
export function durationOption(name: string, value: unknown, bounds: DurationBounds = {}): number {
  const { least = 0, unlimited = false } = bounds
  const ms = typeof value === 'string' ? parseDuration(value) : value
  if (typeof ms === 'number' && ms >= least && (unlimited || ms < Number.POSITIVE_INFINITY)) return ms
  const given = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
  const atLeast = least > 0 ? ` of at least ${formatDuration(least)}` : ''
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${given} as ${name}: it is not a duration${atLeast}. Write a number of milliseconds, or a text such as ${DURATION_FORM}.`,
  )
}

/** Returns a counted noun: `1 module`, `3 modules`, `2 entries`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
