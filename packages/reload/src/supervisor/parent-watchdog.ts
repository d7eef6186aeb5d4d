// Ends a worker whose supervisor was killed while the worker itself was stuck, so that it never outlives it for long.

/** The event of a process that begins to run an application. An idle process sees the end of its parent by itself. */
export const WATCH_PARENT = 'myfy.watch-parent'

/** The time for the graceful stop of a worker without a sign of life, in ms. */
const STOP_TIMEOUT_MS = 5_000

/**
 * The program of a watching thread, which the main thread cannot block. Another parent process means that the
 * supervisor is gone and that the main thread has begun its graceful stop. If the main thread does not even count up
 * `beats` for {@link STOP_TIMEOUT_MS}, the process is killed.
 */
const threadSource = `
const { workerData: { beats, parent } } = require('node:worker_threads')
let seen = -1
let since = 0
setInterval(() => {
  if (process.ppid === parent) return
  const now = Atomics.load(beats, 0)
  if (now !== seen) [seen, since] = [now, Date.now()]
  else if (Date.now() - since > ${STOP_TIMEOUT_MS}) process.kill(process.pid, 'SIGKILL')
}, 1000)
`

const moduleSource = (parent: number, waitUntilOnline: boolean) => `
import { isMainThread, Worker } from 'node:worker_threads'
// Processes that the application forks and its threads are not watched.
if (process.execArgv[1]?.startsWith('data:')) process.execArgv.splice(0, 2)
const watch = () => {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(${JSON.stringify(threadSource)}, {
    eval: true,
    workerData: { beats, parent: ${parent} },
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
 * Returns a module for `--import` that ends a process with its parent. It must be the first one: a loader that is
 * imported after it (tsx, for example) may block the process forever when its directory is removed meanwhile. It is a
 * data URL, so that it needs no loader itself.
 *
 * @param waitUntilOnline - whether nothing may continue before the thread watches, because there is such a loader
 */
export const parentWatchdog = (parent: number, waitUntilOnline: boolean): string =>
  `data:text/javascript,${encodeURIComponent(moduleSource(parent, waitUntilOnline))}`
