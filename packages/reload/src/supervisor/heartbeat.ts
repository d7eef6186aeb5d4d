// Whether a worker comes back to its event loop: one that does not answers nothing any more.

/** How long a worker may be silent, in ms; on top of what a module may take at import. */
const silence = 3_000

/** A worker that can be asked. */
interface HeartbeatTarget {
  /** When it said something last, in ms. */
  readonly lastMessageAt: number
  send(order: { readonly type: 'ping' }): void
}

/**
 * Asks every second, and tells once of one that was silent too long. `importTimeout` of 0 is for ever.
 * Returns what ends the asking; without a worker it ends by itself.
 */
export function watchHeartbeat(
  importTimeout: number,
  worker: () => HeartbeatTarget | undefined,
  blocked: (ms: number) => void,
): () => void {
  if (importTimeout === 0) return () => {}
  const limit = importTimeout + silence
  const began = performance.now()
  const end = () => clearInterval(timer)
  const timer = setInterval(() => {
    const asked = worker()
    if (!asked) return end()
    if (performance.now() - Math.max(asked.lastMessageAt, began) <= limit) return asked.send({ type: 'ping' })
    end()
    blocked(limit)
  }, 1_000)
  return end
}
