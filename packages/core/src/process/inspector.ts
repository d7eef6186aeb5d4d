// The time that this process spends at breakpoints.

/** A view of the debugger. */
export interface Inspector {
  /** The time that the process has stood at breakpoints, in ms, as far as it was observed. */
  readonly pausedMs: number
  /** Begins to observe if a debugger can attach; takes note of a pause that has just ended. */
  observe(): void
}

/** The interval at which a process with an open inspector notes that it runs, in ms. */
const HEARTBEAT_MS = 100

/** A gap between heartbeats that counts as a pause, in ms. Busy code leaves such gaps too, but not idle ones. */
const PAUSE_MS = 1_000

/** The debugger of this process. Without an open inspector it costs one call a timer. */
export const inspector: Inspector = createInspector()

/** Reports whether a debugger can attach to this process. */
export function isInspectorOpen(): boolean {
  return process.getBuiltinModule('node:inspector').url() !== undefined
}

function createInspector(): Inspector {
  let pausedMs = 0
  let heartbeat: NodeJS.Timeout | undefined
  let last = 0
  let cpu: NodeJS.CpuUsage | undefined
  const beat = () => {
    const gap = performance.now() - last
    const used = process.cpuUsage(cpu)
    // A process at a breakpoint uses no processor; one whose event loop is blocked does.
    if (gap > PAUSE_MS && (used.user + used.system) / 1_000 < gap / 2) pausedMs += gap
    last = performance.now()
    cpu = process.cpuUsage()
  }
  return {
    get pausedMs() {
      return pausedMs
    },
    observe() {
      if (heartbeat) beat()
      else if (isInspectorOpen()) {
        last = performance.now()
        cpu = process.cpuUsage()
        heartbeat = setInterval(beat, HEARTBEAT_MS).unref()
      }
    },
  }
}
