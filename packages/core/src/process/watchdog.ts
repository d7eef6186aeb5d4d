// The last resort: a thread that ends the process when the event loop can no longer do it.

import type { Cancel } from './clock.ts'

// Plain JavaScript in a string: a thread cannot load a file of ours while the main thread is blocked, and the
// package must work from its source and from its build alike.
const guard = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const over = Atomics.wait(new Int32Array(workerData.done), 0, 0, workerData.ms) === 'timed-out'
if (over) {
  try { writeSync(2, workerData.message) } catch {}
  process.kill(process.pid, 'SIGKILL')
}
`

/** Kills this process after `ms`, whatever it is doing, unless it is cancelled before. */
export function startWatchdog(ms: number): Cancel {
  // Loaded now and not at import time: few processes ever come here, all pay for an import.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const done = new SharedArrayBuffer(4)
  const message = `myfy: the stop did not end within ${Math.round(ms)} ms (the event loop is blocked or a hook defeats every timer); the watchdog ends the process\n`
  // Own, empty execArgv and env: the loaders of the main thread would cost more than the thread itself.
  const worker = new Worker(guard, { eval: true, workerData: { done, ms, message }, execArgv: [], env: {} })
  worker.unref()
  // A thread that cannot start (no memory) is no reason to fail a stop that goes well.
  worker.on('error', () => {})
  return () => {
    const flag = new Int32Array(done)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
}
