// A worker process as the supervisor controls it.

import type { ChildProcess } from 'node:child_process'
import type { ListenAddress } from '@myfy/core'
import type { ChildOptions } from '../interop/child-options.ts'
import type { SupervisorMessage, WorkerMessage } from '../protocol.ts'
import { type ForkedWorker, forkWorker, workerEnvironment } from './fork-worker.ts'
import {
  processorTimeOf,
  type SilenceLimit,
  type SilenceStart,
  silenceLimit,
  watchHeartbeat,
} from './heartbeat.ts'

/** Options of a {@link WorkerProcess}. */
export interface WorkerProcessOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Modules that are imported before anything else. */
  readonly preload?: readonly string[] | undefined
  /** Options that the processes and threads of the application inherit. */
  readonly children: ChildOptions
  /** The arguments of the application: its `process.argv.slice(2)`. */
  readonly args: readonly string[]
  /** The time that modules may take at import without a pause, in ms; 0 sets no limit. */
  readonly importTimeout: number
  /** Set if a debugger may pause the process. */
  readonly debugged: boolean
}

/** The signals that a terminal sends to each of its processes. */
const STOP_SIGNALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

/** The silence, begun before the end of the supervisor, after which a worker is not waited for, in ms. */
const UNANSWERED = { limit: 2_500, usedLimit: 1_000, interval: 100 }

/** The time for a process that imports its modules to receive its stop, in ms. Meanwhile it has nothing to finish. */
const IMPORTING_MS = 100

/** The time for a process that a debugger may have paused to receive its stop, in ms. */
const PAUSED_MS = 3_000

/** The time for a process that stops to close its sockets, in ms. */
const RELEASE_TIMEOUT_MS = 1_000

/** The messages that a worker answers as soon as its event loop turns. */
const QUESTIONS: ReadonlySet<SupervisorMessage['type']> = new Set(['swap', 'ping', 'stop'])

/** Receives the messages of workers and the end of their processes. */
export interface WorkerListener {
  received(worker: WorkerProcess, message: WorkerMessage): void
  /** With an error the process could not be started. */
  exited(worker: WorkerProcess, code: number | null, signal: string | null, error?: Error): void
  /** A stopping worker did not return to its event loop for `ms` and was killed; `debugged`: a debugger may have paused it. */
  killed(ms: number, debugged: boolean): void
}

/** One worker process, from the fork to its exit. */
export class WorkerProcess {
  readonly id: number
  /** Resolves when it has loaded what `prepare` named. */
  readonly prepared: Promise<void>
  /** Resolves to the exit code when the process is gone; to 0 if it was stopped before its application began to start. */
  readonly exited: Promise<number>
  /** The time of its last message, in ms. A worker that is starting up is not expected to answer. */
  lastMessageAt = Number.POSITIVE_INFINITY
  /** The first TCP transport of its applications, with the address that this asked for last. */
  firstTransport: { name: string | undefined; address: Extract<ListenAddress, { port: number }> } | undefined
  /** Set if it had to close a listener for an application that listens on the same port at another address. */
  listenerTaken = false
  /** Set if its application stops because of a fatal error. */
  failing = false
  /** The holder of the listening socket that it was granted last, which may have accepted connections since. */
  listensFor: 'application' | 'page' | undefined
  /** The used heap after its first application was ready, in bytes. */
  heap = 0
  readonly #process: ChildProcess
  readonly #importTimeout: number
  readonly #debugged: boolean
  /** True if it handles signals: the supervisor decides on their meaning. */
  #online = false
  /** True if its application has begun to start, so that it may have something to finish. */
  #hasStarted = false
  #stopping = false
  #ending = false
  #killed = false
  /** The first question that it has not answered since its last message. */
  #unanswered: SilenceStart | undefined
  readonly #listener: WorkerListener
  /** Resolves when it accepts no more connections. */
  readonly #released: Promise<void>

  /** @param forked - a process that was forked in advance */
  constructor(id: number, options: WorkerProcessOptions, listener: WorkerListener, forked?: ForkedWorker) {
    this.id = id
    this.#importTimeout = options.importTimeout
    this.#debugged = options.debugged
    this.#listener = listener
    const child = forked?.process ?? forkWorker(options).process
    this.#process = child
    this.prepared = this.#received('prepared')
    child.on('message', (message: WorkerMessage | null) => {
      // The application may send its own messages to its parent process: `process.send('ready')`.
      if (!message?.type) return
      this.#unanswered = undefined
      if (message.type === 'starting') this.#hasStarted = true
      if (message.type === 'online') this.#online = true
      else this.lastMessageAt = performance.now()
      listener.received(this, message)
    })
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const wasStopped =
          (!this.#online && signal !== null && STOP_SIGNALS.has(signal)) ||
          (this.#killed && !this.#hasStarted)
        resolve(code ?? (wasStopped ? 0 : 1))
        listener.exited(this, code, signal)
      })
      child.on('error', (error) => {
        // The exit of a process is reported; a failed message to it adds nothing. Without a process there is no exit.
        if (child.pid !== undefined) return
        resolve(1)
        listener.exited(this, null, null, error)
      })
    })
    this.#released = Promise.race([this.#received('released'), this.exited.then(() => {})])
    if (forked)
      this.send({
        type: 'adopt',
        env: differences(forked.env, workerEnvironment(options)),
        args: options.args,
      })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get processorMs(): number | undefined {
    return processorTimeOf(this.#process.pid)
  }

  send(message: SupervisorMessage, handle?: object): void {
    if (QUESTIONS.has(message.type)) this.#unanswered ??= this.#silentFromNow()
    if (this.#process.connected) this.#process.send(message, handle as never, () => {})
  }

  /**
   * Stops gracefully. A process in an endless loop, or paused by a debugger, receives no message and is killed.
   *
   * @param alone - true if no other process holds its sockets any more
   */
  stop(reason: string, alone = false): void {
    this.send({ type: 'stop', reason, alone })
    if (this.#stopping) return
    this.#stopping = true
    if (this.#debugged) return this.#killIfPaused()
    this.#killIfSilent({ limit: silenceLimit(this.#importTimeout) })
  }

  /**
   * Stops with the supervisor. A process that was silent before is waited for a shorter time, and hardly at all if its
   * application has not begun to start.
   */
  end(reason: string, alone: boolean): void {
    const since = this.#unanswered
    this.stop(reason, alone)
    if (this.#online && !this.#hasStarted && !this.#debugged) {
      const timer = setTimeout(() => this.kill(), IMPORTING_MS)
      void this.exited.then(() => clearTimeout(timer))
    }
    if (this.#ending || !since || this.#importTimeout === 0) return
    this.#ending = true
    this.#killIfSilent({ ...UNANSWERED, since })
  }

  /** Resolves to true when it accepts no more connections; to false if it hangs. */
  async isReleased(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), RELEASE_TIMEOUT_MS)
    })
    const isReleased = await Promise.race([this.#released.then(() => true), late])
    clearTimeout(timer)
    return isReleased
  }

  kill(): void {
    this.#killed = true
    this.#process.kill('SIGKILL')
  }

  #killIfSilent(limit: SilenceLimit): void {
    const end = watchHeartbeat(
      limit,
      () => (this.#killed ? undefined : this),
      (ms) => {
        this.kill()
        this.#listener.killed(ms, false)
      },
    )
    void this.exited.then(end)
  }

  /** A process that has received its stop may be paused for any time: someone debugs the stop. */
  #killIfPaused(): void {
    const timer = setTimeout(() => {
      if (this.#unanswered === undefined || this.#killed) return
      this.kill()
      this.#listener.killed(PAUSED_MS, true)
    }, PAUSED_MS)
    void this.exited.then(() => clearTimeout(timer))
  }

  #silentFromNow(): SilenceStart {
    return { at: performance.now(), processorMs: this.processorMs }
  }

  #received(type: WorkerMessage['type']): Promise<void> {
    return new Promise((resolve) => {
      this.#process.on('message', (message: WorkerMessage | null) => {
        if (message?.type === type) resolve()
      })
    })
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Returns the variables that differ; null removes one. */
function differences(from: Environment, to: Environment): Record<string, string | null> {
  const names = new Set([...Object.keys(from), ...Object.keys(to)])
  const changed = [...names].filter((name) => from[name] !== to[name])
  return Object.fromEntries(changed.map((name) => [name, to[name] ?? null]))
}
