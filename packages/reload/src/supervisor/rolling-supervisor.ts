// Replaces one application by the next, in its process or by a new one.
//
// A reload: the ChangeDetector requests it, #replace or #handOver begins an attempt, the worker answers with `ready` or
// `failed`, and #ready promotes the new application or #fail keeps the former one.

import path from 'node:path'
import type { ExitCode } from '@myfy/core'
import { signalExitCode } from '@myfy/core/runtime'
import type { Problem } from '../problem.ts'
import type { LoadOptions, WorkerMessage } from '../protocol.ts'
import { ChangeDetector, type ReloadRequest } from '../watch/change-detector.ts'
import { isMissing } from '../watch/file-snapshots.ts'
import { watchHeartbeat } from './heartbeat.ts'
import { blockedProblem, exitProblem } from './process-problems.ts'
import { type AttemptOptions, type ReloadAttempt, ReloadAttempts } from './reload-attempt.ts'
import type { ReloadEvent } from './reload-events.ts'
import { RewriteGuard } from './rewrite-guard.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'
import { errorPageAddress, loadOptions } from './supervisor-options.ts'
import { eventsRefused, rewrittenFile, unmatchedGlobs } from './warnings.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerListener, WorkerProcess } from './worker-process.ts'

/** The time of service from which an application that ends is started again, in ms. Before, its code is at fault. */
const EARLY_END_MS = 2_000
/** The time for a replaced process to stop accepting before the new one is announced, in ms. */
const RELEASE_TIMEOUT_MS = 1_000
/** The time for the running application to accept a swap, in ms. */
const ACCEPT_TIMEOUT_MS = 2_000
/** The delay before a failure is accepted, in ms. Half a file may have been read. */
const FAILURE_DELAY_MS = 15

type MessageOf<T extends WorkerMessage['type']> = Extract<WorkerMessage, { type: T }>

/** A supervisor whose sockets and file snapshots outlive every worker. */
export class RollingSupervisor implements Supervisor, WorkerListener {
  readonly exitCode: Promise<ExitCode>
  urls: readonly string[] = []
  readonly #options: SupervisorOptions
  readonly #cwd: string
  readonly #load: LoadOptions
  /** The limit of a heartbeat, in ms; 0 under a debugger, which may pause the application for any time. */
  readonly #heartbeatMs: number
  readonly #changes: ChangeDetector
  readonly #workers: WorkerPool
  readonly #attempts = new ReloadAttempts()
  readonly #rewrites = new RewriteGuard()
  #problem: Problem | undefined
  /** Set if the running application must not run beside its successor. */
  #exclusive = false
  #servingSince = 0
  #stopping: { code?: ExitCode } | undefined
  #resolveStart = () => {}
  #resolveExit!: (code: ExitCode) => void

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#cwd = path.resolve(options.cwd ?? process.cwd())
    this.#load = loadOptions(this.#cwd, options)
    const { entry, importTimeout, inspect, tsconfig } = this.#load
    const { args = [], env = process.env, listen, poll, preload, watch = [], ignore = [] } = options
    this.#heartbeatMs = inspect === undefined ? importTimeout : 0
    this.#changes = new ChangeDetector(
      {
        cwd: this.#cwd,
        entry,
        watch,
        ignore,
        poll: poll === true ? 100 : poll || undefined,
        onLimit: (error, pollMs) => this.#emit(eventsRefused(error, pollMs)),
      },
      (request) => this.#handle(request),
    )
    this.#workers = new WorkerPool(
      { cwd: this.#cwd, env, preload, args, importTimeout: this.#heartbeatMs, listen, tsconfig },
      this.#changes.snapshots,
      this,
    )
    this.exitCode = new Promise((resolve) => {
      this.#resolveExit = resolve
    })
  }

  start(): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#resolveStart = resolve
    })
    this.#boot({ kind: 'start', files: [], causes: [] })
    this.#changes.watch()
    const unmatched = this.#changes.unmatchedGlobs
    if (unmatched.length > 0) this.#emit(unmatchedGlobs(unmatched, this.#cwd))
    return started
  }

  reload(): void {
    if (this.#stopping) return
    this.#rewrites.release()
    this.#handOver(this.#changes.inspectAll(), [], false)
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
    this.#changes.close()
    this.#attempts.end()
    const reason = signal ? `signal ${signal}` : 'the supervisor stops'
    const { all, active, starting } = this.#workers
    const hasFailed = !active && this.#problem !== undefined
    this.#workers.killStandby()
    for (const worker of all) worker.stop(reason)
    await Promise.all(all.map((worker) => worker.exited))
    const code = this.#stopping.code ?? (hasFailed ? 1 : ((await (active ?? starting)?.exited) ?? 0))
    this.#workers.sockets.close()
    this.#emit({ type: 'stopped', code })
    this.#resolveStart()
    this.#resolveExit(code)
    return this.exitCode
  }

  // ── requests of saved files ────────────────────────────────────────────────────────────────────────────────

  #handle(request: ReloadRequest): void {
    switch (request.type) {
      case 'handOver':
        this.#rewrites.release()
        return this.#handOver(request.files, request.causes, request.standbyUsable)
      case 'replace':
        if (this.#rewrites.holds(request.files)) return
        if (!request.files.every((file) => this.#attempts.current?.files.includes(file)))
          this.#rewrites.release()
        if (request.isNew) this.#emit({ type: 'changed', files: request.files })
        return this.#replace(request.files)
      case 'unchanged':
        if (!this.#problem || !this.#workers.active || this.#attempts.current) return
        this.#problem = undefined
        this.#changes.snapshots.markAttempted([])
        this.#emit({ type: 'recovered' })
    }
  }

  /** Swaps the application in its process, if there is one. */
  #replace(files: readonly string[]): void {
    const { active, starting } = this.#workers
    if (!active && !starting) return this.#boot({ kind: 'process', files, causes: files })
    // A hand-over under way begins again with the present files.
    if (active && starting) return this.#handOver(files, files, true)
    const pathsChanged = this.#problem !== undefined || files.some(isMissing)
    const attempt = this.#begin({ kind: active ? 'swap' : 'start', files, causes: files })
    attempt.expectAcceptance(this.#heartbeatMs && ACCEPT_TIMEOUT_MS, () => this.#unresponsive(attempt))
    ;(active ?? starting)!.send({ type: 'swap', attempt: attempt.id, changed: files, pathsChanged })
  }

  /** Starts the application in a new process beside the running one. */
  #handOver(files: readonly string[], causes: readonly string[], standbyUsable: boolean): void {
    const { active, starting } = this.#workers
    if (!standbyUsable) this.#workers.killStandby()
    this.#workers.kill(starting)
    const options = { kind: 'process', files, causes } as const
    if (!this.#exclusive || !active) return this.#boot(options)
    // The next application needs what this one owns exclusively; connections wait in the socket meanwhile.
    this.#workers.drain(active)
    void active.exited.then(() => this.#boot(options))
  }

  /** Starts the last good version in a new process. */
  #restore(): void {
    this.#boot({ kind: 'process', files: [], causes: [], restores: true })
  }

  #boot(options: AttemptOptions): void {
    if (this.#stopping) return
    const worker = this.#workers.acquire()
    const { id } = this.#begin(options)
    if (this.#load.inspect !== undefined) this.#workers.active?.send({ type: 'inspect', open: false })
    void worker.prepared.then(() => {
      if (this.#workers.starting !== worker) return
      worker.send({ type: 'boot', attempt: id, load: this.#load, changed: options.files })
    })
  }

  #begin(options: AttemptOptions): ReloadAttempt {
    const attempt = this.#attempts.begin(options)
    if (!attempt.restores) this.#changes.snapshots.markAttempted(attempt.files)
    const worker = () => this.#workers.starting ?? this.#workers.active
    attempt.stopHeartbeat = watchHeartbeat(this.#heartbeatMs, worker, (ms) => this.#blocked(ms))
    return attempt
  }

  // ── messages of workers ────────────────────────────────────────────────────────────────────────────────────

  received(worker: WorkerProcess, message: WorkerMessage): void {
    // A message that is still under way must not start anything during a stop.
    if (this.#stopping) return
    switch (message.type) {
      case 'online':
      case 'prepared':
      case 'pong':
      case 'released':
        return
      case 'accepted':
        if (this.#attempts.current?.id === message.attempt) this.#attempts.current.accepted()
        return
      case 'loaded':
        return this.#loaded(worker, message)
      case 'acquire':
        return void this.#workers.sendListener(worker, message)
      case 'closed':
        return this.#closed(worker, message)
      case 'ready':
        return this.#ready(worker, message)
      case 'failed':
        return this.#failed(message.problem, message.attempt, message.missing)
      case 'replaced':
        return this.#emit({ type: 'replaced', code: message.code })
      case 'ended':
        return this.#ended(worker, message)
    }
  }

  exited(worker: WorkerProcess, code: number | null, signal: string | null): void {
    const role = this.#workers.remove(worker)
    if (this.#stopping || role === 'other') return
    if (role === 'active') this.#crashed(code, signal)
    else if (this.#attempts.current) this.#failed(exitProblem(code, signal))
    else if (this.#problem) this.#showPage(this.#problem)
  }

  killed(ms: number): void {
    this.#emit({ type: 'killed', ms })
  }

  #loaded(worker: WorkerProcess, { files }: MessageOf<'loaded'>): void {
    const { snapshots } = this.#changes
    for (const { file, ...snapshot } of files) snapshots.loaded(file, snapshot)
    // A file that a handler imports later belongs to the last good version immediately.
    if (this.#attempts.current || worker !== this.#workers.active) return
    this.#inspectFresh(this.#changes.adopt([...snapshots.lastGood.keys(), ...files.map(({ file }) => file)]))
  }

  #closed(worker: WorkerProcess, { id }: MessageOf<'closed'>): void {
    this.#workers.sockets.closed({ worker: worker.id, request: id })
    if (this.#workers.active && !this.#attempts.current) this.#workers.sockets.closeUnused()
  }

  // ── outcomes of an attempt ─────────────────────────────────────────────────────────────────────────────────

  #ready(worker: WorkerProcess, message: MessageOf<'ready'>): void {
    const { active, starting } = this.#workers
    if (worker !== active && worker !== starting) return
    const attempt = this.#attempts.current
    // A newer attempt may be under way. This application is the last good version nevertheless.
    const isNewest = attempt?.id === message.attempt
    if (isNewest) this.#attempts.end()
    const former = worker === starting ? this.#promote(worker, message.heap) : undefined
    const fresh = this.#adopt(message)
    if (!attempt?.restores) this.#problem = undefined
    void this.#whenReleased(former).then(() => {
      this.#announce(worker, message, isNewest ? attempt : undefined)
    })
    for (const file of this.#rewrites.record(message.rewritten)) this.#emit(rewrittenFile(file))
    this.#inspectFresh(fresh)
    if (message.heap > worker.heap * 3 + 64e6) this.#handOver([], [], true)
  }

  /** Makes the starting worker the active one. Returns the former one, which stops. */
  #promote(worker: WorkerProcess, heap: number): WorkerProcess | undefined {
    const former = this.#workers.active
    this.#workers.promote()
    worker.heap = heap
    if (former) this.#workers.drain(former)
    return former
  }

  /** Makes what was loaded the last good version. Returns the files that are new in it. */
  #adopt({
    urls,
    exclusive,
    applicationFiles,
  }: MessageOf<'ready'>): ReadonlyArray<readonly [string, string]> {
    this.urls = urls
    this.#exclusive = exclusive
    this.#servingSince = performance.now()
    this.#changes.setMissing([])
    if (applicationFiles) this.#workers.externals = applicationFiles.externals
    return this.#changes.adopt(applicationFiles?.files, applicationFiles)
  }

  /** Both processes accept until the former one has closed its end of the socket. One that hangs accepts nothing. */
  async #whenReleased(former: WorkerProcess | undefined): Promise<void> {
    if (!former) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RELEASE_TIMEOUT_MS)
    })
    await Promise.race([former.released, timeout])
    clearTimeout(timer)
  }

  #announce(worker: WorkerProcess, { urls }: MessageOf<'ready'>, attempt: ReloadAttempt | undefined): void {
    // The application may have ended or been replaced meanwhile, which is announced by itself.
    if (attempt && !this.#stopping && worker === this.#workers.active) {
      this.#workers.active.listenerTaken = false
      if (!this.#attempts.current) this.#workers.sockets.closeUnused()
      this.#emit({ type: 'ready', kind: attempt.kind, ms: attempt.ms, urls, files: attempt.causes })
    }
    this.#resolveStart()
  }

  /** Files that were read for the first time were not watched until now, and may have been saved meanwhile. */
  #inspectFresh(fresh: ReadonlyArray<readonly [string, string]>): void {
    this.#workers.refreshStandby(fresh)
    this.#changes.inspect(new Set(fresh.map(([file]) => file)))
  }

  /** Without an attempt: the failure belongs to the current one. */
  #failed(problem: Problem, id = this.#attempts.current?.id, missing: readonly string[] = []): void {
    const attempt = this.#attempts.current
    if (!attempt || attempt.id !== id) return
    attempt.failAfter(FAILURE_DELAY_MS, () => {
      this.#attempts.end()
      this.#changes.setMissing(missing)
      this.#changes.watch()
      const { isNew, changed } = this.#changes.snapshots.inspect([])
      if (isNew && changed.length > 0) return this.#replace(changed)
      this.#fail(problem, attempt)
    })
  }

  #fail(problem: Problem, { kind, files, restores }: ReloadAttempt): void {
    const { active, starting } = this.#workers
    this.#problem = problem
    if (this.#load.inspect !== undefined) active?.send({ type: 'inspect', open: true })
    // An exclusive application had to stop first, and one whose port the new one took no longer listens.
    const hasStopped = !active && kind === 'process' && files.length > 0 && !restores
    const restoring = hasStopped || active?.listenerTaken === true
    this.#emit({ type: 'failed', problem, serving: restoring || active !== undefined })
    if (restoring || active) this.#workers.kill(starting)
    if (active && restoring) this.#workers.drain(active)
    if (restoring) this.#restore()
    else if (!active) this.#showPage(problem)
    this.#resolveStart()
  }

  #showPage(problem: Problem): void {
    this.#workers.showPage(problem, this.#load, errorPageAddress(this.#options))
  }

  // ── applications and processes that fail ───────────────────────────────────────────────────────────────────

  /** The running application has not accepted a swap: it blocks its process, so that the saved code is not at fault. */
  #unresponsive({ files, causes }: ReloadAttempt): void {
    this.#emit({ type: 'unresponsive', ms: ACCEPT_TIMEOUT_MS })
    this.#handOver(files, causes, true)
  }

  /** The new application has accepted the attempt and does not return to the event loop. */
  #blocked(ms: number): void {
    this.#attempts.end()
    this.#problem = blockedProblem(this.#load.entry, ms)
    const restoring = this.#changes.snapshots.lastGood.size > 0
    this.#emit({ type: 'failed', problem: this.#problem, serving: restoring })
    this.#workers.kill(this.#workers.starting ?? this.#workers.active)
    if (restoring && !this.#workers.active) this.#restore()
    else if (!restoring) this.#showPage(this.#problem)
    this.#resolveStart()
  }

  /** The application stopped although its process lives. */
  #ended(worker: WorkerProcess, { code, problem }: MessageOf<'ended'>): void {
    if (worker !== this.#workers.active) return
    if (code === 0 && !problem) return void this.stop()
    if (problem) this.#emit({ type: 'failed', problem, serving: false })
    this.#workers.drain(worker, 'the application has ended')
    this.#crashed(code, null, problem)
  }

  #crashed(code: number | null, signal: string | null, problem = exitProblem(code, signal)): void {
    this.#attempts.end()
    const restarting = performance.now() - this.#servingSince > EARLY_END_MS || signal === 'SIGKILL'
    this.#emit({ type: 'crashed', code, signal, restarting })
    if (restarting) return this.#restore()
    this.#problem = problem
    this.#showPage(problem)
  }

  #emit(event: ReloadEvent): void {
    this.#options.onEvent?.(event)
  }
}
