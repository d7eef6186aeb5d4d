// A worker process as the supervisor controls it.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ListenAddress } from '@myfy/core'
import type { SupervisorMessage, WorkerMessage } from '../protocol.ts'
import { watchHeartbeat } from './heartbeat.ts'
import { parentWatchdog } from './parent-watchdog.ts'

/** Options of a {@link WorkerProcess}. */
export interface WorkerProcessOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Modules that are imported before anything else. */
  readonly preload?: readonly string[] | undefined
  /** The arguments of the application: its `process.argv.slice(2)`. */
  readonly args: readonly string[]
  /** The time that modules may take at import without a pause, in ms; 0 sets no limit. */
  readonly importTimeout: number
}

/** Receives the messages of workers and the end of their processes. */
export interface WorkerListener {
  received(worker: WorkerProcess, message: WorkerMessage): void
  exited(worker: WorkerProcess, code: number | null, signal: string | null): void
  /** A stopping worker did not return to its event loop for `ms` and was killed. */
  killed(ms: number): void
}

/** One worker process, from the fork to its exit. */
export class WorkerProcess {
  readonly id: number
  /** Resolves when it has loaded what `prepare` named. */
  readonly prepared: Promise<void>
  /** Resolves when it accepts no more connections. */
  readonly released: Promise<void>
  /** Resolves to the exit code when the process is gone. */
  readonly exited: Promise<number>
  /** The time of its last message, in ms. A worker that is starting up is not expected to answer. */
  lastMessageAt = Number.POSITIVE_INFINITY
  /** The first TCP address that it asked for. */
  firstAddress: Extract<ListenAddress, { port: number }> | undefined
  /** Set if it had to close a listener for an application that listens on the same port at another address. */
  listenerTaken = false
  /** The used heap after its first application was ready, in bytes. */
  heap = 0
  readonly #process: ChildProcess
  readonly #importTimeout: number
  readonly #listener: WorkerListener

  constructor(id: number, options: WorkerProcessOptions, listener: WorkerListener) {
    this.id = id
    this.#importTimeout = options.importTimeout
    this.#listener = listener
    const child = fork(workerFile, options.args, {
      cwd: options.cwd,
      env: workerEnvironment(options.env),
      execArgv: execArguments(options.preload ?? []),
      // The keys of a terminal belong to the supervisor: the worker gets an input that stays open and empty.
      stdio: [process.stdin.isTTY ? 'pipe' : 'inherit', 'inherit', 'inherit', 'ipc'],
    })
    this.#process = child
    this.prepared = this.#received('prepared')
    child.on('message', (message: WorkerMessage | null) => {
      // The application may send its own messages to its parent process: `process.send('ready')`.
      if (!message?.type) return
      if (message.type !== 'online') this.lastMessageAt = performance.now()
      listener.received(this, message)
    })
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code ?? 1)
        listener.exited(this, code, signal)
      })
    })
    this.released = Promise.race([this.#received('released'), this.exited.then(() => {})])
    // The exit of a process is reported; a failed message to it adds nothing.
    child.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(message: SupervisorMessage, handle?: object): void {
    if (this.#process.connected) this.#process.send(message, handle as never, () => {})
  }

  /** Stops gracefully. A process in an endless loop receives no message and is killed. */
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

  #received(type: WorkerMessage['type']): Promise<void> {
    return new Promise((resolve) => {
      this.#process.on('message', (message: WorkerMessage | null) => {
        if (message?.type === type) resolve()
      })
    })
  }
}

const INSPECT_OPTION = /^--inspect/

function execArguments(preload: readonly string[]): string[] {
  const inherited = process.execArgv.filter((arg) => !INSPECT_OPTION.test(arg))
  const hasLoader = inherited.some((arg) => /^(-r|--(import|require|loader|experimental-loader))\b/.test(arg))
  const imports = [parentWatchdog(process.pid, hasLoader), ...preload]
  const [first, ...others] = imports.map((url) => ['--import', url])
  return [...first!, ...inherited, ...others.flat()]
}

/** Removes the debugger from `NODE_OPTIONS`, by which every process would listen. The active worker opens it itself. */
function workerEnvironment(env: WorkerProcessOptions['env']): Record<string, string | undefined> {
  const options = env.NODE_OPTIONS?.split(/\s+/).filter((option) => !INSPECT_OPTION.test(option))
  return { ...env, ...(options && { NODE_OPTIONS: options.join(' ') }), MYFY_RELOAD_WORKER: '1' }
}

const workerFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../worker/worker.ts' : './worker.js', import.meta.url),
)
