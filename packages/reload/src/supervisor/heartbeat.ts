// Detects a worker that does not return to its event loop.
import { readFileSync } from 'node:fs'

/** The longest silence of a worker beyond the time that its modules may take at import, in ms. */
const SILENCE_MS = 3_000
const PING_INTERVAL_MS = 1_000
/** The factor by which a silence may be longer if the worker has not used the processor meanwhile: others use it. */
const STARVED = 4

/** A worker that answers pings. */
export interface HeartbeatTarget {
  /** The time of its last message, in ms. */
  readonly lastMessageAt: number
  /** The processor time that it has used, in ms; undefined if the system does not tell. */
  readonly processorMs: number | undefined
  send(message: { readonly type: 'ping' }): void
}

/** The silence from which a worker counts as blocked. */
export interface SilenceLimit {
  /** The longest silence, in ms; 0 switches the heartbeat off. */
  readonly limit: number
  /** The processor time without which the silence is that of a busy machine, in ms. Default: `limit`. */
  readonly usedLimit?: number
  /** The interval of the pings, in ms. Default: 1000. */
  readonly interval?: number
  /** The start of a silence that lasts already. Default: now. */
  readonly since?: SilenceStart
}

/** The time from which a worker has been silent, and the processor time that it had used by then, in ms. */
export interface SilenceStart {
  readonly at: number
  readonly processorMs: number | undefined
}

/** Returns the limit for a worker whose modules may take `importTimeout` at import; 0 for no limit. */
export function silenceLimit(importTimeout: number): number {
  return importTimeout && importTimeout + SILENCE_MS
}

/**
 * Pings a worker and reports once that it was silent for too long: by the clock and by the processor time that it has
 * used, because a process of a busy machine is silent too.
 *
 * @param target - returns the worker; the heartbeat ends when there is none
 * @returns a function that ends the heartbeat
 */
export function watchHeartbeat(
  { limit, usedLimit = limit, interval = PING_INTERVAL_MS, since }: SilenceLimit,
  target: () => HeartbeatTarget | undefined,
  blocked: (ms: number) => void,
): () => void {
  if (limit === 0) return () => {}
  const { at: began, processorMs: first } = since ?? {
    at: performance.now(),
    processorMs: target()?.processorMs,
  }
  let [heardAt, usedBefore] = [target()?.lastMessageAt, first]
  const end = () => clearInterval(timer)
  const timer = setInterval(() => {
    const worker = target()
    if (!worker) return end()
    const { lastMessageAt, processorMs } = worker
    if (lastMessageAt !== heardAt) [heardAt, usedBefore] = [lastMessageAt, processorMs]
    const silence = performance.now() - Math.max(lastMessageAt, began)
    const used = processorMs === undefined || usedBefore === undefined ? silence : processorMs - usedBefore
    if (silence <= limit || (used <= usedLimit && silence <= STARVED * limit))
      return worker.send({ type: 'ping' })
    end()
    blocked(limit)
  }, interval)
  return end
}

/** A tick of /proc in ms, on every system that Node.js supports. */
const TICK_MS = 10

/** Returns the processor time that a process has used, in ms; undefined where the system has no /proc. */
export function processorTimeOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program is in parentheses, and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return undefined
  }
}
