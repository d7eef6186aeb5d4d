// The time that this process spends at breakpoints.

/** A view of the debugger. */
export interface Inspector {
  /** The time that the process has stood at breakpoints, in ms, as far as it was observed. */
  readonly pausedMs: number
  /** Observes the process until the returned function is called. A second call of that does nothing. */
  observe(): () => void
  /** Takes note of a pause that has just ended. */
  update(): void
}

/** The interval at which an observed process notes that it runs, in ms. */
const HEARTBEAT_MS = 250

/** A gap between heartbeats that can be a pause, in ms. Busy code leaves such gaps too, but not idle ones. */
const PAUSE_MS = 1_000

/** The debugger of this process. */
export const inspector: Inspector = createInspector()

// The module is loaded after a gap, not before: with it, a process is 2 MB larger.
function isInspectorOpen(): boolean {
  return process.getBuiltinModule('node:inspector').url() !== undefined
}

function createInspector(): Inspector {
  let pausedMs = 0
  let observers = 0
  let heartbeat: NodeJS.Timeout | undefined
  let last = 0
  let cpu: NodeJS.CpuUsage | undefined
  const mark = () => {
    last = performance.now()
    cpu = process.cpuUsage()
  }
  const update = () => {
    const gap = performance.now() - last
    if (gap <= PAUSE_MS) return
    const used = process.cpuUsage(cpu)
    // A process at a breakpoint uses no processor; one whose event loop is blocked does.
    const isIdle = (used.user + used.system) / 1_000 < gap / 2
    if (isIdle && isInspectorOpen()) pausedMs += gap
    mark()
  }
  const beat = () => {
    update()
    if (observers > 0) return mark()
    // Not with the last observer: each hook observes, and the next one begins at once.
    clearInterval(heartbeat)
    heartbeat = undefined
  }
  return {
    get pausedMs() {
      return pausedMs
    },
    update,
    observe() {
      observers++
      if (heartbeat) update()
      else {
        mark()
        heartbeat = setInterval(beat, HEARTBEAT_MS).unref()
      }
      let isObserving = true
      return () => {
        if (!isObserving) return
        isObserving = false
        observers--
      }
    },
  }
}
