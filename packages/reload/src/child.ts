// A worker process as the supervisor holds it.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Order, Report } from './protocol.ts'

/** How workers are started. */
export interface ChildOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a worker tells its supervisor. */
export interface ChildListener {
  report(child: Child, report: Report): void
  exited(child: Child, code: number | null, signal: string | null): void
}

/** One worker, from the fork to its end. */
export class Child {
  readonly id: number
  /** Resolves when it has loaded what it was told to prepare. */
  readonly prepared: Promise<void>
  /** Resolves when the process is gone. */
  readonly gone: Promise<number>
  /** When it said something last, in ms. */
  heard = performance.now()
  /** The heap after its first application was ready, in bytes. */
  heap = 0
  readonly #process: ChildProcess

  constructor(id: number, options: ChildOptions, listener: ChildListener) {
    this.id = id
    const execArgv = process.execArgv.filter((arg) => !/^--inspect/.test(arg))
    const child = fork(workerFile, [], {
      cwd: options.cwd,
      env: { ...options.env, MYFY_RELOAD_WORKER: '1' },
      execArgv,
      // The terminal's input belongs to the supervisor's keys.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process = child
    this.prepared = new Promise((resolve) => {
      child.on('message', (report: Report) => {
        this.heard = performance.now()
        if (report.type === 'prepared') resolve()
        if (typeof report === 'object') listener.report(this, report)
      })
    })
    this.gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code ?? 1)
        listener.exited(this, code, signal)
      })
    })
    // A message to a process that has just died is nobody's concern: its exit is.
    child.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(order: Order, handle?: object): void {
    if (this.#process.connected) this.#process.send(order, handle as never, () => {})
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

const workerFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
)
