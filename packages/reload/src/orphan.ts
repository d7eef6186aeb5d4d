// Ends a worker whose supervisor was killed while the worker itself was stuck, so that it can never be an orphan.

import { Worker } from 'node:worker_threads'

/**
 * Watches from a thread of its own. When the parent process is another one than before, the main thread has begun
 * its graceful stop; if it does not even answer for `patience` ms, the process is killed.
 */
export function dieWithParent(patience = 5_000): void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(watch, {
    eval: true,
    workerData: { beats, patience },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  })
  thread.unref()
  thread.on('error', () => {})
  process.once('disconnect', () => setInterval(() => Atomics.add(beats, 0, 1), 250).unref())
}

const watch = `
const { workerData: { beats, patience } } = require('node:worker_threads')
const parent = process.ppid
let seen = -1
let since = 0
setInterval(() => {
  if (process.ppid === parent) return
  const now = Atomics.load(beats, 0)
  if (now !== seen) [seen, since] = [now, Date.now()]
  else if (Date.now() - since > patience) process.kill(process.pid, 'SIGKILL')
}, 1000)
`
