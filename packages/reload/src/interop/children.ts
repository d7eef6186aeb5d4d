// The children of a process that was not started as a worker of a supervisor.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Worker, WorkerOptions } from 'node:worker_threads'
import { CHILD_OPTIONS, type ChildOptions, childArguments } from './child-options.ts'

type Threads = typeof import('node:worker_threads')

/**
 * Makes the processes and threads of this process run programs of the application. Node gives a thread the arguments with
 * which the process was started, so that it gets those of `process.execArgv` here, as a forked process does.
 */
export function passToChildren(options: ChildOptions): void {
  if (process.execArgv.includes(childArguments()[1]!)) return
  process.env[CHILD_OPTIONS] = JSON.stringify(options)
  process.execArgv.push(...childArguments())
  const threads: Threads = createRequire(import.meta.url)('node:worker_threads')
  threads.Worker = new Proxy(threads.Worker, {
    construct(target, [file, options = {}]: [string | URL, WorkerOptions?], newTarget) {
      const start = (execArgv: string[]) =>
        Reflect.construct(target, [file, { execArgv, ...options }], newTarget) as Worker
      try {
        return start([...process.execArgv])
      } catch (error) {
        // An option of the whole process, for example --env-file, is none of a thread.
        if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
        return start(childArguments())
      }
    },
  })
  syncBuiltinESMExports()
}
