// Detects a worker that does not return to its event loop.

/** The longest silence of a worker beyond the time that its modules may take at import, in ms. */
const SILENCE_MS = 3_000
const PING_INTERVAL_MS = 1_000

/** A worker that answers pings. */
export interface HeartbeatTarget {
  /** The time of its last message, in ms. */
  readonly lastMessageAt: number
  send(message: { readonly type: 'ping' }): void
}

/**
 * Pings a worker every second and reports once that it was silent for too long.
 *
 * @param importTimeout - the time that modules may take at import, in ms; 0 switches the heartbeat off
 * @param target - returns the worker; the heartbeat ends when there is none
 * @returns a function that ends the heartbeat
 */
export function watchHeartbeat(
  importTimeout: number,
  target: () => HeartbeatTarget | undefined,
  blocked: (ms: number) => void,
): () => void {
  if (importTimeout === 0) return () => {}
  const limit = importTimeout + SILENCE_MS
  const began = performance.now()
  const end = () => clearInterval(timer)
  const timer = setInterval(() => {
    const worker = target()
    if (!worker) return end()
    if (performance.now() - Math.max(worker.lastMessageAt, began) <= limit)
      return worker.send({ type: 'ping' })
    end()
    blocked(limit)
  }, PING_INTERVAL_MS)
  return end
}
