// A worker process as the supervisor holds it.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ListenAddress } from '@myfy/core'
import type { SupervisorMessage, WorkerMessage } from '../protocol.ts'
import { watchHeartbeat } from './heartbeat.ts'
import { parentWatchdog } from './parent-watchdog.ts'

/** How workers are started. */
export interface WorkerProcessOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Modules that are imported before anything else. */
  readonly preload?: readonly string[] | undefined
  /** How long modules may run at import without a pause, in ms; 0 is for ever. */
  readonly importTimeout: number
}

/** What a worker tells its supervisor. */
export interface WorkerListener {
  report(child: WorkerProcess, report: WorkerMessage): void
  exited(child: WorkerProcess, code: number | null, signal: string | null): void
  /** It was to stop, did not come back to its event loop for `ms`, and was killed. */
  killed(ms: number): void
}

/** One worker, from the fork to its end. */
export class WorkerProcess {
  readonly id: number
  /** Resolves when it has loaded what it was told to prepare. */
  readonly prepared: Promise<void>
  /** Resolves when it accepts no connection any more. */
  readonly released: Promise<void>
  /** Resolves when the process is gone. */
  readonly exited: Promise<number>
  /** When it said something last, in ms. Until it can load nothing is expected of it: a busy machine starts slowly. */
  lastMessageAt = Number.POSITIVE_INFINITY
  /** The first TCP address that it asked for. */
  firstAddress: Extract<ListenAddress, { port: number }> | undefined
  /** The heap after its first application was ready, in bytes. */
  heap = 0
  readonly #process: ChildProcess
  readonly #importTimeout: number
  readonly #listener: WorkerListener

  constructor(id: number, options: WorkerProcessOptions, listener: WorkerListener) {
    this.id = id
    this.#importTimeout = options.importTimeout
    this.#listener = listener
    const inherited = process.execArgv.filter((arg) => !/^--inspect/.test(arg))
    const loads = inherited.some((arg) => /^(-r|--(import|require|loader|experimental-loader))\b/.test(arg))
    const execArgv = ['--import', parentWatchdog(process.pid, loads), ...inherited]
    for (const url of options.preload ?? []) execArgv.push('--import', url)
    const child = fork(workerFile, [], {
      cwd: options.cwd,
      env: { ...options.env, MYFY_RELOAD_WORKER: '1' },
      execArgv,
      // The terminal's input belongs to the supervisor's keys.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process = child
    const reported = (type: WorkerMessage['type']) =>
      new Promise<void>((resolve) => {
        child.on('message', (report: WorkerMessage | null) => {
          if (report?.type === type) resolve()
        })
      })
    this.prepared = reported('prepared')
    child.on('message', (report: WorkerMessage | null) => {
      // The application may tell its parent process things of its own: `process.send('ready')`.
      if (!report?.type) return
      if (report.type !== 'online') this.lastMessageAt = performance.now()
      listener.report(this, report)
    })
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code ?? 1)
        listener.exited(this, code, signal)
      })
    })
    this.released = Promise.race([reported('released'), this.exited.then(() => {})])
    // A message to a process that has just died is nobody's concern: its exit is.
    child.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(order: SupervisorMessage, handle?: object): void {
    if (this.#process.connected) this.#process.send(order, handle as never, () => {})
  }

  /** It stops gracefully. An endless loop hears of no stop: such a process is killed. */
  stop(reason: string): void {
    this.send({ type: 'stop', reason })
    const end = watchHeartbeat(
      this.#importTimeout,
      () => this,
      (ms) => {
        this.kill()
        this.#listener.killed(ms)
      },
    )
    void this.exited.then(end)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

const workerFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../worker/worker.ts' : './worker.js', import.meta.url),
)
