// A worker process as the supervisor holds it.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ListenAddress } from '@myfy/core'
import type { Order, Report } from '../protocol.ts'
import { expectPulse } from './heartbeat.ts'
import { dieWith } from './parent-watchdog.ts'

/** How workers are started. */
export interface ChildOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Modules that are imported before anything else. */
  readonly preload?: readonly string[] | undefined
  /** How long modules may run at import without a pause, in ms; 0 is for ever. */
  readonly importTimeout: number
}

/** What a worker tells its supervisor. */
export interface ChildListener {
  report(child: Child, report: Report): void
  exited(child: Child, code: number | null, signal: string | null): void
  /** It was to stop, did not come back to its event loop for `ms`, and was killed. */
  killed(ms: number): void
}

/** One worker, from the fork to its end. */
export class Child {
  readonly id: number
  /** Resolves when it has loaded what it was told to prepare. */
  readonly prepared: Promise<void>
  /** Resolves when it accepts no connection any more. */
  readonly released: Promise<void>
  /** Resolves when the process is gone. */
  readonly gone: Promise<number>
  /** When it said something last, in ms. Until it can load nothing is expected of it: a busy machine starts slowly. */
  heard = Number.POSITIVE_INFINITY
  /** The first TCP address that it asked for. */
  first: Extract<ListenAddress, { port: number }> | undefined
  /** The heap after its first application was ready, in bytes. */
  heap = 0
  readonly #process: ChildProcess
  readonly #importTimeout: number
  readonly #listener: ChildListener

  constructor(id: number, options: ChildOptions, listener: ChildListener) {
    this.id = id
    this.#importTimeout = options.importTimeout
    this.#listener = listener
    const inherited = process.execArgv.filter((arg) => !/^--inspect/.test(arg))
    const loads = inherited.some((arg) => /^(-r|--(import|require|loader|experimental-loader))\b/.test(arg))
    const execArgv = ['--import', dieWith(process.pid, loads), ...inherited]
    for (const url of options.preload ?? []) execArgv.push('--import', url)
    const child = fork(workerFile, [], {
      cwd: options.cwd,
      env: { ...options.env, MYFY_RELOAD_WORKER: '1' },
      execArgv,
      // The terminal's input belongs to the supervisor's keys.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process = child
    const reported = (type: Report['type']) =>
      new Promise<void>((resolve) => {
        child.on('message', (report: Report | null) => {
          if (report?.type === type) resolve()
        })
      })
    this.prepared = reported('prepared')
    child.on('message', (report: Report | null) => {
      // The application may tell its parent process things of its own: `process.send('ready')`.
      if (!report?.type) return
      if (report.type !== 'hello') this.heard = performance.now()
      listener.report(this, report)
    })
    this.gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code ?? 1)
        listener.exited(this, code, signal)
      })
    })
    this.released = Promise.race([reported('released'), this.gone.then(() => {})])
    // A message to a process that has just died is nobody's concern: its exit is.
    child.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(order: Order, handle?: object): void {
    if (this.#process.connected) this.#process.send(order, handle as never, () => {})
  }

  /** It stops gracefully. An endless loop hears of no stop: such a process is killed. */
  stop(reason: string): void {
    this.send({ type: 'stop', reason })
    const end = expectPulse(
      this.#importTimeout,
      () => this,
      (ms) => {
        this.kill()
        this.#listener.killed(ms)
      },
    )
    void this.gone.then(end)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

const workerFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../worker/worker.ts' : './worker.js', import.meta.url),
)
