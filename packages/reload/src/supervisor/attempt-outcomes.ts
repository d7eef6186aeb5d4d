// The outcomes of attempts: the next application serves, or the former one still does, or the error page is shown.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { WorkerMessage } from '../protocol.ts'
import { OwnWrites } from '../watch/own-writes.ts'
import { RewriteGuard } from '../watch/rewrite-guard.ts'
import {
  ACCEPT_TIMEOUT_MS,
  AttemptLauncher,
  type SupervisorParts,
  type UnansweredListener,
} from './attempt-launcher.ts'
import { silenceLimit, watchHeartbeat } from './heartbeat.ts'
import { blockedProblem, exitProblem } from './process-problems.ts'
import { LastGoodVersion, type ReloadAttempt } from './reload-attempt.ts'
import { rewrittenFile } from './warnings.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The delay before a failure is accepted, in ms. Half a file may have been read. */
const FAILURE_DELAY_MS = 15

type MessageOf<T extends WorkerMessage['type']> = Extract<WorkerMessage, { type: T }>

/** Decides on what follows from the outcome of an attempt, or from the end of an application. */
export class AttemptOutcomes implements UnansweredListener {
  urls: readonly string[] = []
  /** The reason why the saved files do not serve. */
  problem: Problem | undefined
  readonly launcher: AttemptLauncher
  readonly rewrites: RewriteGuard
  readonly ownWrites: OwnWrites
  readonly #parts: SupervisorParts
  readonly #pageAddress: ListenAddress | undefined
  /** The address at which the last application has listened: one that ends after an error has closed its socket. */
  #listened: ListenAddress | undefined
  readonly #started: () => void
  readonly #lastGood = new LastGoodVersion()

  /**
   * @param pageAddress - the address of the error page as long as no application has said where it listens
   * @param started - called when the outcome of the first attempt is known
   */
  constructor(parts: SupervisorParts, pageAddress: ListenAddress | undefined, started: () => void) {
    this.#parts = parts
    this.#pageAddress = pageAddress
    this.#started = started
    this.launcher = new AttemptLauncher(parts, this)
    this.ownWrites = new OwnWrites(parts.pollMs)
    this.rewrites = this.#createRewriteGuard()
  }

  // ── success ────────────────────────────────────────────────────────────────────────────────────────────────

  ready(worker: WorkerProcess, message: MessageOf<'ready'>): void {
    const { active, starting } = this.#parts.workers
    if (worker !== active && worker !== starting) return
    const attempt = this.launcher.current
    // A newer attempt may be under way. This application is the last good version nevertheless.
    const isNewest = attempt?.id === message.attempt
    this.rewrites.settled()
    if (isNewest) this.launcher.end()
    else attempt?.follows()
    const former = worker === starting ? this.#promote(worker, message.heap) : undefined
    worker.failing = false
    const fresh = this.#adopt(message)
    if (!attempt?.restores) this.problem = undefined
    void Promise.resolve(former?.isReleased()).then(() =>
      this.#announce(worker, message, isNewest ? attempt : undefined),
    )
    this.#parts.workers.refreshStandby(fresh)
    if (!this.#parts.resume()) this.#inspect(fresh)
    const hasGrown = message.heap > worker.heap * 3 + 64e6
    if (hasGrown && !this.launcher.current) this.launcher.handOver([], [], true)
  }

  /** Makes the starting worker the active one. Returns the former one, which stops. */
  #promote(worker: WorkerProcess, heap: number): WorkerProcess | undefined {
    const { workers, load } = this.#parts
    const former = workers.active
    workers.promote()
    worker.heap = heap
    if (former) workers.drain(former)
    // A process that a debugger has paused closes the port of the debugger by its end only.
    if (former && load.inspect !== undefined)
      void former.exited.then(() => worker === workers.active && worker.send({ type: 'inspect', open: true }))
    return former
  }

  /** Makes what was loaded the last good version. Returns the files that are new in it. */
  #adopt({
    urls,
    exclusive,
    loaded,
    applicationFiles,
  }: MessageOf<'ready'>): ReadonlyArray<readonly [string, string]> {
    const { changes, workers } = this.#parts
    this.urls = urls
    this.launcher.exclusive = exclusive
    this.#lastGood.serves()
    changes.setMissing([])
    if (applicationFiles) workers.externals = applicationFiles.externals
    const serving = loaded.filter(({ serves }) => serves)
    return changes.adopt(serving, applicationFiles?.files, applicationFiles)
  }

  #announce(worker: WorkerProcess, { urls }: MessageOf<'ready'>, attempt: ReloadAttempt | undefined): void {
    const { workers, emit, isStopping } = this.#parts
    // The application may have ended or been replaced meanwhile, which is announced by itself.
    if (attempt && !isStopping() && worker === workers.active) {
      worker.listenerTaken = false
      this.closeUnusedSockets()
      this.#listened = workers.sockets.addresses[0]
      const { kind, ms, causes: files, restores } = attempt
      emit({ type: 'ready', kind, ms, urls, files, ...(restores && { restored: true }) })
    }
    this.#started()
  }

  /** Files that a handler imports belong to the last good version immediately. */
  loaded(worker: WorkerProcess, { files }: MessageOf<'loaded'>): void {
    const { changes, workers } = this.#parts
    changes.snapshots.read(files)
    const serving = worker === workers.active ? files.filter(({ serves }) => serves) : []
    if (serving.length === 0) return
    const fresh = changes.extend(serving)
    workers.refreshStandby(fresh)
    this.#inspect(fresh)
  }

  /** Files that were read for the first time were not watched until now, and may have been saved meanwhile. */
  #inspect(fresh: ReadonlyArray<readonly [string, string]>): void {
    this.#parts.changes.inspect(new Set(fresh.map(([file]) => file)))
  }

  /** Starts no process because of a problem that none survives. Returns false without a problem. */
  refuse(problem: Problem | undefined): boolean {
    if (!problem) return false
    this.problem = problem
    this.#parts.emit({ type: 'failed', problem, ...this.#situation(false) })
    this.#started()
    return true
  }

  // ── failure of an attempt ──────────────────────────────────────────────────────────────────────────────────

  /** Without an id the failure belongs to the attempt under way. A process that is gone tells no more. */
  failed(
    problem: Problem,
    id = this.launcher.current?.id,
    { missing, configFiles }: Partial<Pick<MessageOf<'failed'>, 'missing' | 'configFiles'>> = {},
  ): void {
    const attempt = this.launcher.current
    if (!attempt || attempt.id !== id) return
    const { changes } = this.#parts
    changes.setMissing(missing ?? [])
    const moved = configFiles ? changes.addConfigFiles(configFiles) : []
    changes.watch()
    attempt.failAfter(FAILURE_DELAY_MS, () => {
      this.launcher.end()
      this.rewrites.settled()
      if (!this.#parts.resume()) this.#failUnlessSaved(problem, attempt)
      if (moved.length > 0) changes.inspect(new Set(moved))
    })
  }

  /** A file that was read for the first time may have been saved before it was watched. */
  #failUnlessSaved(problem: Problem, attempt: ReloadAttempt): void {
    const { changes, proceed } = this.#parts
    const { saved, changed } = changes.snapshots.inspect(changes.snapshots.outdated)
    const request = saved.length > 0 && this.rewrites.admit({ type: 'replace', files: changed, saved })
    if (request) proceed(request)
    else if (changes.createdMissing(attempt.beganAt)) this.replace(changed)
    else this.#fail(problem, attempt)
  }

  /** Replaces the application, unless no file differs from the one that runs. */
  replace(files: readonly string[]): void {
    const { active, starting } = this.#parts.workers
    if (files.length === 0 && active && !starting) this.unchanged()
    else this.launcher.replace(files, this.problem !== undefined)
  }

  /** Every file equals the last good version. */
  unchanged(): void {
    const { workers, changes, emit } = this.#parts
    if (!workers.active || workers.active.failing || this.launcher.current) return
    changes.snapshots.markAttempted([])
    if (!this.problem) return
    this.problem = undefined
    emit({ type: 'recovered' })
  }

  #fail(problem: Problem, { kind, files, restores }: ReloadAttempt): void {
    const { workers, load, emit } = this.#parts
    const { active, starting } = workers
    this.problem = problem
    if (load.inspect !== undefined) active?.send({ type: 'inspect', open: true })
    // An exclusive application had to stop first, one that crashed is about to start again, and one whose port the new one
    // took no longer listens.
    const hasStopped = !active && this.#lastGood.restarts && files.length > 0 && !restores
    const restoring = hasStopped || active?.listenerTaken === true
    emit({ type: 'failed', problem, ...this.#situation(restoring) })
    if (starting && (restoring || active)) this.launcher.discard(starting)
    if (active && restoring) this.launcher.retire(active)
    if (restoring) this.launcher.restore()
    else if (!active) this.showPage(problem)
    else if (kind === 'process') this.#expectAnswer(active)
    this.closeUnusedSockets()
    this.#started()
  }

  /** Tells what serves after a failure. */
  #situation(restoring: boolean): { readonly serving: boolean; readonly restarting?: true } {
    const { active } = this.#parts.workers
    // One that fails is replaced when it has ended.
    const restarts = restoring || (active?.failing === true && this.#lastGood.restarts)
    return { serving: active?.failing === false && !restoring, ...(restarts && { restarting: true }) }
  }

  /** The running application blocks its process, so that the saved code is not at fault. */
  unresponsive({ files, causes }: ReloadAttempt): void {
    this.#parts.emit({ type: 'unresponsive', ms: ACCEPT_TIMEOUT_MS })
    this.launcher.handOver(files, causes, true)
  }

  blocked(ms: number): void {
    const { workers, load, changes, emit } = this.#parts
    this.launcher.end()
    this.rewrites.settled()
    this.problem = blockedProblem(load.entry, ms)
    workers.kill(workers.starting ?? workers.active)
    const { active } = workers
    const restoring = !active && this.#lastGood.restarts
    emit({ type: 'failed', problem: this.problem, ...this.#situation(restoring) })
    if (restoring) this.launcher.restore()
    else if (active) this.#expectAnswer(active)
    else this.showPage(this.problem)
    this.#started()
    if (this.#parts.resume()) return
    const outdated = new Set(changes.snapshots.outdated)
    if (outdated.size > 0) changes.inspect(outdated)
  }

  /** A swap that was superseded by a new process may have left the running application in an endless loop. */
  #expectAnswer(active: WorkerProcess): void {
    const { workers, heartbeatMs, emit } = this.#parts
    const { lastMessageAt } = active
    const silent = () =>
      workers.active === active && active.lastMessageAt === lastMessageAt ? active : undefined
    watchHeartbeat({ limit: silenceLimit(heartbeatMs) }, silent, (ms) => {
      // An attempt under way finds out by itself.
      if (this.launcher.current) return
      emit({ type: 'unresponsive', ms })
      workers.kill(active)
      this.launcher.restore()
    })
  }

  /** Closes the sockets on which no process accepts. An attempt, a repair and the error page of a failure need them. */
  closeUnusedSockets(): void {
    const { active, sockets } = this.#parts.workers
    if (active && !active.failing && !this.launcher.current) sockets.closeUnused()
  }

  #createRewriteGuard(): RewriteGuard {
    const { changes, proceed, emit } = this.#parts
    return new RewriteGuard({
      attemptBegan: () => this.launcher.lastBegan,
      isStarting: () => this.launcher.current !== undefined,
      writerOf: (file, times) => this.ownWrites.writerOf(file, times),
      held: (files) => changes.snapshots.markSeen(files),
      proceed,
      named: (file) => emit(rewrittenFile(file)),
    })
  }

  showPage(problem: Problem): void {
    this.#parts.workers.showPage(problem, this.#parts.load, this.#listened ?? this.#pageAddress)
  }

  /** An application that served stops because of a fatal error. */
  failing(worker: WorkerProcess, { problem, replaced }: MessageOf<'failing'>): void {
    if (worker === this.#parts.workers.active && !replaced) {
      worker.failing = true
      this.#lastGood.ends()
    }
    this.#parts.emit({ type: 'failed', problem, serving: false, ended: true })
  }

  /** The application failed although its process lives. */
  ended(worker: WorkerProcess, { code, problem }: MessageOf<'ended'>): void {
    this.launcher.retire(worker, 'the application has ended')
    this.crashed(code, null, problem)
  }

  /** Without a problem the process ended by itself. */
  crashed(code: number | null, signal: string | null, problem?: Problem): void {
    const { emit, workers } = this.#parts
    const { current } = this.launcher
    if (!problem) this.#lastGood.ends(signal)
    const { restarts } = this.#lastGood
    emit({ type: 'crashed', code, signal, restarting: restarts || current !== undefined })
    // What was saved meanwhile starts in its place.
    if (current && workers.starting) return
    if (current) return this.launcher.boot({ kind: 'process', files: current.files, causes: current.causes })
    if (restarts) return this.launcher.restore()
    this.problem = problem ?? exitProblem(code, signal)
    this.showPage(this.problem)
  }
}
