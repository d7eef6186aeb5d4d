// The watchdog: a thread that ends the process when the event loop cannot.

/** A deadline that holds even when the event loop is blocked. */
export interface Watchdog {
  /** Ends the process after `ms` unless the watchdog is armed again or disarmed before. */
  arm(ms: number): void
  /** Ends the watchdog. */
  disarm(): void
}

// The thread counts only the slices that it has slept through: a process that was paused (SIGSTOP, a frozen container)
// has not used its time. A process at a breakpoint uses no processor, so a slice without any counts only while no
// debugger can be attached.
// This is plain JavaScript in a string: a thread cannot load a file while the main thread is blocked, and the package
// runs from its source and from its build alike.
const guard = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const state = new Int32Array(workerData.state) // order number, ms, whether a debugger can attach
const SLICE = 100
let order = 0, left = 0, ms = 0
for (;;) {
  if (order !== Atomics.load(state, 0)) {
    order = Atomics.load(state, 0)
    ms = left = Atomics.load(state, 1)
  }
  if (ms < 0) break
  const cpu = process.cpuUsage()
  const began = performance.now()
  Atomics.wait(state, 0, order, ms === 0 ? undefined : Math.min(left, SLICE))
  if (order !== Atomics.load(state, 0)) continue
  const { user, system } = process.cpuUsage(cpu)
  if (Atomics.load(state, 2) === 1 && user + system < 10_000) continue
  left -= Math.min(performance.now() - began, 2 * SLICE)
  if (left > 0) continue
  try { writeSync(2, 'myfy: the stop did not end within ' + ms + ' ms (the event loop is blocked, or a hook defeats every timer); the watchdog ends the process\\n') } catch {}
  process.kill(process.pid, 'SIGKILL')
}
`

const ORDER = 0
const MS = 1
const DEBUGGED = 2

/** The order to end the thread. */
const STOP = -1

const none: Watchdog = { arm() {}, disarm() {} }

/**
 * Starts a watchdog for this process. In a worker thread it does nothing: it could only end the whole process, and the
 * parent can terminate the thread.
 */
export function startWatchdog(): Watchdog {
  // Loaded here and not at import time: few processes ever come here.
  const { Worker, isMainThread } = process.getBuiltinModule('node:worker_threads')
  if (!isMainThread) return none
  const { url } = process.getBuiltinModule('node:inspector')
  const state = new Int32Array(new SharedArrayBuffer(12))
  const order = (ms: number) => {
    Atomics.store(state, DEBUGGED, url() === undefined ? 0 : 1)
    Atomics.store(state, MS, ms)
    Atomics.add(state, ORDER, 1)
    Atomics.notify(state, ORDER)
  }
  let isRunning = false
  return {
    arm(ms) {
      order(Math.max(1, Math.min(Math.round(ms), 2 ** 31 - 1)))
      if (isRunning) return
      isRunning = true
      // Own, empty execArgv and env: the loaders of the main thread would cost more than the thread.
      const worker = new Worker(guard, {
        eval: true,
        workerData: { state: state.buffer },
        execArgv: [],
        env: {},
        // The thread writes to the file descriptor. Its streams would add listeners to those of the process.
        stdout: true,
        stderr: true,
      })
      worker.unref()
      // A thread that cannot start (no memory) must not fail a stop that succeeds.
      worker.on('error', () => {})
    },
    disarm() {
      if (isRunning) order(STOP)
    },
  }
}
