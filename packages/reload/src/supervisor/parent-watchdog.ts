// Ends a worker whose supervisor was killed while the worker itself was stuck, so that it can never be an orphan.

/** How long a worker may take for its graceful stop without a sign of life, in ms. */
const patience = 5_000

/**
 * Watches from a thread of its own, where nothing that the main thread does can keep it from looking. When the parent
 * process is another one than before, the main thread has begun its graceful stop; if it does not even answer for
 * `patience` ms, the process is killed.
 */
const watch = `
const { workerData: { beats, parent } } = require('node:worker_threads')
let seen = -1
let since = 0
setInterval(() => {
  if (process.ppid === parent) return
  const now = Atomics.load(beats, 0)
  if (now !== seen) [seen, since] = [now, Date.now()]
  else if (Date.now() - since > ${patience}) process.kill(process.pid, 'SIGKILL')
}, 1000)
`

const start = (parent: number, waits: boolean) => `
import { isMainThread, Worker } from 'node:worker_threads'
// Neither a process that the application forks nor a thread of it is to be watched.
if (process.execArgv[1]?.startsWith('data:')) process.execArgv.splice(0, 2)
if (isMainThread) {
  if (process.ppid !== ${parent}) process.exit(1)
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(${JSON.stringify(watch)}, {
    eval: true,
    workerData: { beats, parent: ${parent} },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  })
  thread.unref()
  const online = new Promise((resolve) => thread.once('online', resolve))
  thread.on('error', ({ code }) => {
    // Without the directory it stands in nothing starts any more, neither this thread nor an application.
    if (code === 'ENOENT' || process.ppid !== ${parent}) process.exit(1)
  })
  process.once('disconnect', () => setInterval(() => Atomics.add(beats, 0, 1), 250).unref())
  ${waits ? 'await online' : ''}
}
`

/**
 * A module for `--import` that ends a process with its parent. It is to be the first: a loader that is imported after
 * it (tsx, for example) may lock the process for good, when the directory it stands in is deleted meanwhile. Without a
 * file, so that it needs no loader itself.
 *
 * @param waits - whether nothing may go on before it watches, because there is such a loader
 */
export const parentWatchdog = (parent: number, waits: boolean): string =>
  `data:text/javascript,${encodeURIComponent(start(parent, waits))}`
