// Launches the attempts of a supervisor: in the process of the running application, or in a new one.

import type { LoadOptions } from '../protocol.ts'
import type { ChangeDetector, ReloadRequest } from '../watch/change-detector.ts'
import { isMissing } from '../watch/file-snapshots.ts'
import { isLink } from '../watch/file-status.ts'
import { silenceLimit, watchHeartbeat } from './heartbeat.ts'
import { type AttemptOptions, type ReloadAttempt, ReloadAttempts } from './reload-attempt.ts'
import type { ReloadEvent } from './reload-events.ts'
import type { WorkerPool } from './worker-pool.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The time for the running application to accept a swap, in ms. */
export const ACCEPT_TIMEOUT_MS = 2_000

/** The parts that a supervisor consists of. */
export interface SupervisorParts {
  readonly load: LoadOptions
  /** The limit of a heartbeat, in ms; 0 under a debugger, which may pause the application for any time. */
  readonly heartbeatMs: number
  readonly changes: ChangeDetector
  readonly workers: WorkerPool
  /** The interval of polling, in ms; 0 with events. */
  readonly pollMs: number
  /** Makes a reload that has waited. */
  proceed(request: ReloadRequest): void
  /** Makes the reload that has waited for the outcome of an attempt. Returns false if there is none. */
  resume(): boolean
  isStopping(): boolean
  emit(event: ReloadEvent): void
}

/** Receives the attempts that a worker does not answer. */
export interface UnansweredListener {
  /** The running application has not accepted a swap. */
  unresponsive(attempt: ReloadAttempt): void
  /** The new application blocks the event loop. */
  blocked(ms: number): void
}

/** Launches attempts, one at a time. */
export class AttemptLauncher {
  /** Set if the running application must not run beside its successor. */
  exclusive = false
  /** The application whose end the next one waits for, because it is exclusive. */
  ending: WorkerProcess | undefined
  readonly #parts: SupervisorParts
  readonly #attempts = new ReloadAttempts()
  readonly #unanswered: UnansweredListener
  /** The time at which the last attempt began, in ms. */
  lastBegan = 0
  /** The process that received the last boot message. */
  #booted: WorkerProcess | undefined
  /** The attempt that begins when `ending` has exited. */
  #waiting: AttemptOptions | undefined

  constructor(parts: SupervisorParts, unanswered: UnansweredListener) {
    this.#parts = parts
    this.#unanswered = unanswered
  }

  /** The attempt under way. */
  get current(): ReloadAttempt | undefined {
    return this.#attempts.current
  }

  /** True while the process of an attempt has the socket, but does not serve yet. It may have accepted requests. */
  get takesOver(): boolean {
    return this.current !== undefined && this.#parts.workers.starting?.listensFor === 'application'
  }

  /** Ends the attempt under way, whose outcome is known or no longer wanted. */
  end(): void {
    this.#attempts.end()
  }

  /** Swaps the application in its process, if there is one. */
  replace(files: readonly string[], pathsChanged: boolean): void {
    const { active, starting } = this.#parts.workers
    if (!active && !starting) return this.boot({ kind: 'process', files, causes: files })
    // What is loaded into a process whose application stops would stop with it.
    if (active?.failing) return this.handOver(files, files, true)
    // A hand-over under way begins again with the present files, and so does a process that has not received its boot yet:
    // it has nothing to swap, and may have prepared the former contents.
    if (starting && (active || starting !== this.#booted)) return this.handOver(files, files, true)
    const attempt = this.#begin({ kind: active ? 'swap' : 'start', files, causes: files })
    const timeout = this.#parts.heartbeatMs && ACCEPT_TIMEOUT_MS
    attempt.expectAcceptance(timeout, () => this.#unanswered.unresponsive(attempt))
    const worker = (active ?? starting)!
    worker.send({
      type: 'swap',
      attempt: attempt.id,
      changed: files,
      pathsChanged: pathsChanged || files.some((file) => isMissing(file) || isLink(file)),
    })
  }

  /** Starts the application in a new process beside the running one. */
  handOver(files: readonly string[], causes: readonly string[], standbyUsable: boolean): void {
    const { workers } = this.#parts
    const { active, starting } = workers
    if (!standbyUsable) workers.killStandby()
    if (starting) this.discard(starting)
    if (this.exclusive && active) this.retire(active)
    this.boot({ kind: 'process', files, causes })
  }

  /** Starts the application of an attempt in a new process, because the running one cannot replace its modules. */
  moveToProcess(id: number): void {
    const attempt = this.current
    if (attempt?.id !== id) return
    // The standby knows a file that has become a link as the file that it was.
    this.handOver(attempt.files, attempt.causes, !attempt.files.some(isLink))
  }

  /** Starts the last good version in a new process. */
  restore(): void {
    this.boot({ kind: 'process', files: [], causes: [], restores: true })
  }

  /** Starts an application in the next worker. One that waits for the end of an exclusive one is superseded. */
  boot(options: AttemptOptions): void {
    const { load, workers, isStopping } = this.#parts
    if (isStopping()) return
    if (this.ending) {
      this.#waiting = options
      return
    }
    const worker = workers.acquire()
    const { id } = this.#begin(options)
    if (load.inspect !== undefined) workers.active?.send({ type: 'inspect', open: false })
    void worker.prepared.then(() => {
      if (workers.starting !== worker) return
      this.#booted = worker
      worker.send({ type: 'boot', attempt: id, load, changed: options.files })
    })
  }

  /** Ends a process that does not serve. It answers what it has accepted. */
  discard(worker: WorkerProcess): void {
    if (worker.listensFor) this.retire(worker)
    else this.#parts.workers.kill(worker)
  }

  /**
   * Stops an application. The next one waits for its end if it needs what this one owns exclusively; connections wait in
   * the socket meanwhile.
   */
  retire(worker: WorkerProcess, reason?: string): void {
    this.#parts.workers.drain(worker, reason)
    if (!this.exclusive) return
    this.ending = worker
    void worker.exited.then(() => {
      this.ending = undefined
      const next = this.#waiting
      this.#waiting = undefined
      if (next) this.boot(next)
    })
  }

  #begin(options: AttemptOptions): ReloadAttempt {
    const { changes, workers, heartbeatMs } = this.#parts
    const attempt = this.#attempts.begin(options)
    this.lastBegan = attempt.began
    if (!attempt.restores) changes.snapshots.markAttempted(attempt.files)
    const worker = () => workers.starting ?? workers.active
    attempt.stopHeartbeat = watchHeartbeat({ limit: silenceLimit(heartbeatMs) }, worker, (ms) =>
      this.#unanswered.blocked(ms),
    )
    return attempt
  }
}
