// Replaces one application by the next, in its process or by a new one.
//
// A reload: the ChangeDetector requests it, the AttemptLauncher sends it to a worker, the worker answers with `ready` or
// `failed`, and AttemptOutcomes promotes the new application or keeps the former one.

import path from 'node:path'
import type { ExitCode } from '@myfy/core'
import { signalExitCode } from '@myfy/core/runtime'
import type { LoadOptions, WorkerMessage } from '../protocol.ts'
import { ChangeDetector, type ReloadRequest } from '../watch/change-detector.ts'
import { LoadJournal } from '../watch/load-journal.ts'
import { AttemptOutcomes } from './attempt-outcomes.ts'
import { brokenPackage, exitProblem, spawnProblem } from './process-problems.ts'
import { DeferredReload } from './reload-attempt.ts'
import type { ReloadEvent } from './reload-events.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'
import { errorPageAddress, loadOptions } from './supervisor-options.ts'
import { eventsRefused, unmatchedGlobs } from './warnings.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerListener, WorkerProcess } from './worker-process.ts'

/** The interval of polling by `poll: true`, in ms. */
const DEFAULT_POLL_MS = 100

/**
 * Creates a supervisor. Nothing happens before `start()`.
 *
 * @example
 * ```ts
 * import { createSupervisor } from '@myfy/reload'
 *
 * const supervisor = createSupervisor({ entry: 'src/app.ts', onEvent: console.log })
 * await supervisor.start()
 * process.exitCode = await supervisor.exitCode
 * ```
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new RollingSupervisor(options)
}

/** A supervisor whose sockets and file snapshots outlive every worker. */
class RollingSupervisor implements Supervisor, WorkerListener {
  readonly exitCode: Promise<ExitCode>
  readonly #options: SupervisorOptions
  readonly #cwd: string
  readonly #changes: ChangeDetector
  readonly #journal: LoadJournal
  readonly #workers: WorkerPool
  readonly #outcomes: AttemptOutcomes
  readonly #deferred = new DeferredReload((request) => this.#begin(request))
  #stopping: { code?: ExitCode } | undefined
  #resolveStart = () => {}
  #resolveExit!: (code: ExitCode) => void

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#cwd = path.resolve(options.cwd ?? process.cwd())
    const load = loadOptions(this.#cwd, options)
    const heartbeatMs = load.inspect === undefined ? load.importTimeout : 0
    const { poll } = options
    const interval = poll === true ? DEFAULT_POLL_MS : poll || undefined
    this.#changes = this.#createChangeDetector(load.entry, interval)
    this.#journal = new LoadJournal((files) => this.#changes.watchLoaded(files), interval)
    this.#workers = this.#createWorkerPool(load, heartbeatMs)
    const parts = {
      load,
      heartbeatMs,
      changes: this.#changes,
      workers: this.#workers,
      pollMs: interval ?? 0,
      proceed: (request: ReloadRequest) => this.#proceed(request),
      resume: () => this.#resume(),
      isStopping: () => this.#stopping !== undefined,
      emit: (event: ReloadEvent) => this.#emit(event),
    }
    this.#outcomes = new AttemptOutcomes(parts, errorPageAddress(options), () => this.#resolveStart())
    this.exitCode = new Promise((resolve) => {
      this.#resolveExit = resolve
    })
  }

  get urls(): readonly string[] {
    return this.#outcomes.urls
  }

  start(): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#resolveStart = resolve
    })
    const broken = brokenPackage([path.join(this.#cwd, 'package.json')])
    if (!broken) this.#outcomes.launcher.boot({ kind: 'start', files: [], causes: [] })
    this.#changes.watch()
    this.#outcomes.refuse(broken)
    const unmatched = this.#changes.unmatchedGlobs
    if (unmatched.length > 0) this.#emit(unmatchedGlobs(unmatched, this.#cwd))
    return started
  }

  reload(): void {
    if (this.#stopping) return
    this.#outcomes.rewrites.release()
    const files = this.#changes.inspectAll()
    this.#proceed({ type: 'handOver', files, saved: [], causes: [], standbyUsable: false })
  }

  async stop(signal?: NodeJS.Signals): Promise<ExitCode> {
    const forced = this.#stopping !== undefined
    this.#emit({ type: 'stopping', signal, forced })
    if (forced) {
      this.#stopping = { code: signalExitCode(signal ?? 'SIGTERM') }
      for (const worker of this.#workers.all) worker.kill()
      return this.exitCode
    }
    this.#stopping = {}
    const isStarting = this.#outcomes.launcher.current !== undefined
    this.#changes.close()
    this.#deferred.take()
    this.#outcomes.rewrites.release()
    this.#outcomes.launcher.end()
    const reason = signal ? `signal ${signal}` : 'the supervisor stops'
    const { all, active, starting } = this.#workers
    const serving = active ?? this.#outcomes.launcher.ending
    const hasFailed = !serving && !isStarting && this.#outcomes.problem !== undefined
    this.#workers.killStandby()
    await this.#workers.end(reason, serving)
    await Promise.all(all.map((worker) => worker.exited))
    const code = this.#stopping.code ?? (hasFailed ? 1 : ((await (serving ?? starting)?.exited) ?? 0))
    this.#journal.close()
    this.#emit({ type: 'stopped', code })
    this.#resolveStart()
    this.#resolveExit(code)
    return this.exitCode
  }

  #handle(request: ReloadRequest): void {
    const admitted = this.#outcomes.rewrites.admit(request)
    if (admitted) this.#proceed(admitted)
  }

  /** An application that has the socket is not replaced before it serves: killed, it would lose what it has accepted. */
  #proceed(request: ReloadRequest): void {
    if (request.type !== 'unchanged' && this.#outcomes.launcher.takesOver) this.#deferred.add(request)
    else this.#begin(request)
  }

  /** The files are compared again: the last good version may be another than the one they differed from. */
  #resume(): boolean {
    const request = this.#deferred.take()
    if (request === undefined) return false
    const files = this.#changes.inspectAll()
    this.#begin(request.type === 'unchanged' ? request : { ...request, files })
    return true
  }

  #begin(request: ReloadRequest): void {
    const { launcher } = this.#outcomes
    switch (request.type) {
      case 'handOver':
        if (this.#outcomes.refuse(brokenPackage(request.causes))) return
        return launcher.handOver(request.files, request.causes, request.standbyUsable)
      case 'replace': {
        const { files, saved } = request
        if (saved.length > 0) this.#emit({ type: 'changed', files })
        return this.#outcomes.replace(files)
      }
      case 'unchanged':
        return this.#outcomes.unchanged()
    }
  }

  received(worker: WorkerProcess, message: WorkerMessage): void {
    if (message.type === 'failing') return this.#outcomes.failing(worker, message)
    // A message that is still under way must not start anything during a stop.
    if (this.#stopping) return
    switch (message.type) {
      case 'online':
      case 'prepared':
      case 'starting':
      case 'pong':
      case 'released':
        return
      case 'accepted':
        if (this.#outcomes.launcher.current?.id === message.attempt)
          this.#outcomes.launcher.current.accepted()
        return
      case 'reading':
        this.#changes.snapshots.read(message.files)
        return this.#changes.watch()
      case 'loaded':
        return this.#outcomes.loaded(worker, message)
      case 'activity':
        return this.#outcomes.ownWrites.record(worker.id, message.activity)
      case 'irreplaceable':
        return this.#outcomes.launcher.moveToProcess(message.attempt)
      case 'acquire':
        return void this.#workers.sendListener(worker, message)
      case 'closed':
        return this.#closed(worker, message.id)
      case 'ready':
        return this.#outcomes.ready(worker, message)
      case 'failed':
        return this.#outcomes.failed(message.problem, message.attempt, message)
      case 'replaced':
        return this.#emit({ type: 'replaced', code: message.code })
      case 'ended':
        if (worker !== this.#workers.active) return
        if (message.code === 0 && !message.problem) return void this.stop()
        return this.#outcomes.ended(worker, message)
    }
  }

  exited(worker: WorkerProcess, code: number | null, signal: string | null, error?: Error): void {
    const role = this.#workers.remove(worker)
    this.#outcomes.ownWrites.exited(worker.id)
    this.#outcomes.closeUnusedSockets()
    if (this.#stopping || role === 'other') return
    const { problem, launcher } = this.#outcomes
    if (role === 'active') this.#outcomes.crashed(code, signal)
    else if (launcher.current)
      this.#outcomes.failed(error ? spawnProblem(error, this.#cwd) : exitProblem(code, signal))
    else if (problem) this.#outcomes.showPage(problem)
  }

  killed(ms: number, debugged: boolean): void {
    this.#emit({ type: 'killed', ms, ...(debugged && { debugged }) })
  }

  #closed(worker: WorkerProcess, request: number): void {
    this.#workers.sockets.closed({ worker: worker.id, request })
    this.#outcomes.closeUnusedSockets()
  }

  #createChangeDetector(entry: string, poll: number | undefined): ChangeDetector {
    const { watch = [], ignore = [] } = this.#options
    const onLimit = (error: NodeJS.ErrnoException, pollMs: number) => this.#emit(eventsRefused(error, pollMs))
    return new ChangeDetector({ cwd: this.#cwd, entry, watch, ignore, poll, onLimit }, (request) =>
      this.#handle(request),
    )
  }

  #createWorkerPool({ tsconfig, inspect }: LoadOptions, importTimeout: number): WorkerPool {
    const { args = [], env = process.env, listen, preload, firstWorker } = this.#options
    const debugged = inspect !== undefined
    const children = { journal: this.#journal.file, tsconfig }
    const fork = { cwd: this.#cwd, env, preload, args, children, firstWorker }
    const options = { ...fork, importTimeout, listen, tsconfig, debugged }
    return new WorkerPool(options, this.#changes.snapshots, this)
  }

  #emit(event: ReloadEvent): void {
    this.#options.onEvent?.(event)
  }
}
