// Ends a worker whose parent process was killed while the worker itself was stuck, so that it never outlives it for long.
// The parent is the supervisor of a reload, or the primary process of `myfy start --workers`.

/** The event of a process that begins to run an application. An idle process sees the end of its parent by itself. */
export const WATCH_PARENT = 'myfy.watch-parent'

/** The time for the graceful stop of a worker of a reload without a sign of life, in ms. */
const STOP_TIMEOUT_MS = 5_000

/** Matches the options by which a loader is imported. */
const LOADER_OPTION = /^(-r|--(import|require|loader|experimental-loader))\b/

/**
 * The program of a watching thread, which the main thread cannot block. Another parent process means that the
 * parent is gone and that the main thread has begun its graceful stop. If the main thread does not even count up
 * `beats` for `timeout` ms, the process is killed.
 */
const threadSource = `
const { workerData: { beats, parent, timeout } } = require('node:worker_threads')
let seen = -1
let since = 0
setInterval(() => {
  if (process.ppid === parent) return
  const now = Atomics.load(beats, 0)
  if (now !== seen) [seen, since] = [now, performance.now()]
  else if (performance.now() - since > timeout) process.kill(process.pid, 'SIGKILL')
}, 1000)
`

const moduleSource = (parent: number, timeout: number, waitUntilOnline: boolean) => `
import { isMainThread, Worker } from 'node:worker_threads'
// Processes that the application forks and its threads are not watched.
if (process.execArgv[1]?.startsWith('data:')) process.execArgv.splice(0, 2)
const watch = () => {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(${JSON.stringify(threadSource)}, {
    eval: true,
    workerData: { beats, parent: ${parent}, timeout: ${timeout} },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  })
  thread.unref()
  const online = new Promise((resolve) => thread.once('online', resolve))
  thread.on('error', ({ code }) => {
    // In a directory that was removed neither this thread nor an application starts.
    if (code === 'ENOENT' || process.ppid !== ${parent}) process.exit(1)
  })
  process.once('disconnect', () => setInterval(() => Atomics.add(beats, 0, 1), 250).unref())
  return online
}
if (isMainThread) {
  if (process.ppid !== ${parent}) process.exit(1)
  ${waitUntilOnline ? 'await watch()' : `process.once('${WATCH_PARENT}', watch)`}
}
`

/**
 * Returns the options of a child of this process that end it with this process. They must be the first ones: a loader that
 * is imported after them (tsx, for example) may block the process forever when its directory is removed meanwhile. The
 * module is a data URL, so that it needs no loader itself.
 *
 * @param timeout - the time for the graceful stop without a sign of life, in ms
 */
export function parentWatchdog(timeout = STOP_TIMEOUT_MS): string[] {
  // With such a loader nothing may continue before the thread watches.
  const waitUntilOnline = process.execArgv.some((option) => LOADER_OPTION.test(option))
  const source = moduleSource(process.pid, timeout, waitUntilOnline)
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`]
}
