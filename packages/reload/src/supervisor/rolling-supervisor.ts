// Replaces one application by the next: decides between a swap in the worker and a hand-over to a fresh process, and
// what becomes of the answer. The files are in changes.ts, the processes in crew.ts.

import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ExitCode } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { LoadOptions, WorkerMessage } from '../protocol.ts'
import { ChangeDetector, type ReloadRequest } from '../watch/change-detector.ts'
import { isMissing } from '../watch/file-snapshots.ts'
import { watchHeartbeat } from './heartbeat.ts'
import { addressOf, blockedProblem, exitProblem, signalNumbers } from './process-problems.ts'
import { type ReloadAttempt, ReloadAttempts } from './reload-attempt.ts'
import type { ReloadEvent, ReloadKind } from './reload-events.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerListener, WorkerProcess } from './worker-process.ts'

/** After so many ms of service an end counts as an accident, before as a fault of the code. */
const soon = 2_000
/** A process that is replaced is given this long to close its end of the socket before it is held to hang, in ms. */
const hanging = 1_000
/** A failure is believed after this, in ms: half a file may have been read. */
const doubt = 15

/** A supervisor; the sockets and the files stay with it. */
export class RollingSupervisor implements Supervisor, WorkerListener {
  readonly exitCode: Promise<ExitCode>
  urls: readonly string[] = []
  readonly #options: SupervisorOptions
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #load: LoadOptions
  readonly #patience: number
  readonly #changes: ChangeDetector
  readonly #crew: WorkerPool
  readonly #attempts = new ReloadAttempts()
  #problem: Problem | undefined
  #exclusive = false
  #servesSince = 0
  #stopping: { code?: ExitCode } | undefined
  #settled = () => {}
  #exit!: (code: ExitCode) => void

  constructor(options: SupervisorOptions) {
    const { exportName, args, importTimeout = 2_000, inspect, poll, listen, preload, watch, ignore } = options
    const cwd = path.resolve(options.cwd ?? process.cwd())
    const entry = path.resolve(cwd, options.entry)
    this.#options = options
    this.#env = options.env ?? process.env
    this.#load = { entry, exportName, args, importTimeout, inspect }
    const ms = poll === true ? 100 : poll || undefined
    this.#changes = new ChangeDetector(
      { cwd, entry, poll: ms, ...(watch && { watch }), ...(ignore && { ignore }) },
      (demand) => this.#answer(demand),
    )
    // Whoever debugs pauses as long as they like.
    this.#patience = inspect === undefined ? importTimeout : 0
    const child = { cwd, env: this.#env, preload, importTimeout: this.#patience }
    this.#crew = new WorkerPool({ ...child, listen }, this.#changes.snapshots, this)
    this.exitCode = new Promise((resolve) => {
      this.#exit = resolve
    })
  }

  start(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve
    })
    this.#changes.watch()
    this.#boot([], 'start')
    return settled
  }

  reload(): void {
    if (!this.#stopping) this.#handOver([], false)
  }

  async stop(signal?: NodeJS.Signals): Promise<ExitCode> {
    const forced = this.#stopping !== undefined
    this.#emit({ type: 'stopping', signal, forced })
    if (forced) {
      this.#stopping = { code: 128 + (signalNumbers[signal ?? 'SIGTERM'] ?? 15) }
      for (const child of this.#crew.all) child.kill()
      return this.exitCode
    }
    this.#stopping = {}
    this.#changes.close()
    this.#attempts.end()
    const reason = signal ? `signal ${signal}` : 'the supervisor stops'
    const { all, active: present, starting: coming } = this.#crew
    const failed = !present && this.#problem !== undefined
    this.#crew.killStandby()
    for (const child of all) child.stop(reason)
    await Promise.all(all.map((child) => child.exited))
    const code = this.#stopping.code ?? (failed ? 1 : ((await (present ?? coming)?.exited) ?? 0))
    this.#crew.sockets.close()
    this.#emit({ type: 'stopped', code })
    // Who still waits for the first attempt waits for nothing.
    this.#settled()
    this.#exit(code)
    return this.exitCode
  }

  // ── what saved files ask for ───────────────────────────────────────────────────────────────────────────────

  #answer(demand: ReloadRequest): void {
    switch (demand.type) {
      case 'handOver':
        return this.#handOver(demand.files, demand.standbyUsable)
      case 'replace':
        if (demand.isNew) this.#emit({ type: 'changed', files: demand.files })
        return this.#replace(demand.files)
      case 'unchanged':
        if (!this.#problem || !this.#crew.active || this.#attempts.current) return
        this.#problem = undefined
        this.#changes.snapshots.markAttempted([])
        this.#emit({ type: 'recovered' })
    }
  }

  /** The fast way where there is an application; otherwise another try at the first one. */
  #replace(changed: readonly string[]) {
    const { active: present, starting: coming } = this.#crew
    if (!present && !coming) return this.#boot(changed, 'process')
    // Whoever hands over to a fresh process does so with what is there now.
    if (present && coming) return this.#handOver(changed, true)
    const paths = this.#problem !== undefined || changed.some(isMissing)
    const { id } = this.#try(present ? 'swap' : 'start', changed)
    ;(present ?? coming)!.send({ type: 'swap', attempt: id, changed, paths })
  }

  /** A fresh process beside the present one. */
  #handOver(changed: readonly string[], spareIsGood: boolean) {
    const { active: present } = this.#crew
    if (!spareIsGood) this.#crew.killStandby()
    this.#crew.kill(this.#crew.starting)
    if (!this.#exclusive || !present) return this.#boot(changed, 'process')
    // What it owns alone has to be free before the next one starts; connections wait in the socket meanwhile.
    this.#crew.drain(present)
    void present.exited.then(() => this.#boot(changed, 'process'))
  }

  /** The last good version again, in a fresh process. What was tried since stays tried. */
  #restore(): void {
    this.#boot([], 'process', true)
  }

  #boot(changed: readonly string[], way: ReloadKind, restores = false): void {
    if (this.#stopping) return
    const child = this.#crew.acquire()
    const { id } = this.#try(way, changed, restores)
    void child.prepared.then(() => {
      if (this.#crew.starting !== child) return
      child.send({ type: 'boot', attempt: id, load: this.#load, changed })
    })
  }

  #showPage(problem: Problem): void {
    const { port, host, listen } = this.#options
    const wanted = listen?.port ?? port ?? Number(this.#env.PORT ?? Number.NaN)
    this.#crew.showPage(problem, this.#load, addressOf(wanted, listen?.host ?? host))
  }

  // ── what workers say ───────────────────────────────────────────────────────────────────────────────────────

  report(child: WorkerProcess, report: WorkerMessage) {
    // What still arrives then must not bring anybody back.
    if (this.#stopping) return
    switch (report.type) {
      case 'online':
      case 'prepared':
      case 'pong':
      case 'released':
        return
      case 'loaded':
        return this.#loaded(child, report.files)
      case 'acquire':
        return void this.#crew.sendListener(child, report)
      case 'ready':
        return this.#ready(child, report)
      case 'failed':
        return this.#failed(report.problem, report.attempt, report.missing)
      case 'replaced':
        return this.#emit({ type: 'replaced', code: report.code })
      case 'ended':
        return this.#ended(child, report)
    }
  }

  exited(child: WorkerProcess, code: number | null, signal: string | null): void {
    const role = this.#crew.remove(child)
    if (this.#stopping || role === 'other') return
    if (role === 'present') this.#crashed(code, signal)
    else if (this.#attempts.current) this.#failed(exitProblem(code, signal))
    else if (this.#problem) this.#showPage(this.#problem)
  }

  killed(ms: number): void {
    this.#emit({ type: 'killed', ms })
  }

  #loaded(child: WorkerProcess, files: Extract<WorkerMessage, { type: 'loaded' }>['files']): void {
    const { snapshots: contents } = this.#changes
    for (const { file, ...content } of files) contents.loaded(file, content)
    // What a handler imports later is part of the good version at once.
    if (this.#attempts.current || child !== this.#crew.active) return
    this.#lookAgain(this.#changes.adopt([...contents.lastGood.keys(), ...files.map(({ file }) => file)]))
  }

  #ready(child: WorkerProcess, report: Extract<WorkerMessage, { type: 'ready' }>): void {
    const { urls, exclusive, heap, applicationFiles: parts } = report
    const { active: present, starting: coming } = this.#crew
    if (child !== present && child !== coming) return
    const attempt = this.#attempts.current
    const former = child === coming ? present : undefined
    // A newer one may be on its way already; this one is the good version all the same.
    const isNewest = attempt?.id === report.attempt
    if (isNewest) this.#attempts.end()
    if (child === coming) {
      this.#crew.promote()
      child.heap = heap
      if (former) this.#crew.drain(former)
    }
    if (!attempt?.restores) this.#problem = undefined
    this.urls = urls
    this.#exclusive = exclusive
    this.#servesSince = performance.now()
    this.#changes.missing(undefined)
    if (parts) this.#crew.externals = parts.externals
    const fresh = this.#changes.adopt(parts?.files, parts?.configs)
    const announce = () => {
      // Meanwhile it may have ended itself, or been replaced: that is told on its own.
      const serves = isNewest && !this.#stopping && child === this.#crew.active
      if (serves) this.#emit({ type: 'ready', kind: attempt.kind, ms: attempt.ms, urls })
      this.#settled()
    }
    // Both accept until the former one has closed its end of the socket. One that hangs accepts nothing.
    if (former) void Promise.race([former.released, setTimeout(hanging, null, { ref: false })]).then(announce)
    else announce()
    this.#lookAgain(fresh)
    if (heap > child.heap * 3 + 64e6) this.#handOver([], true)
  }

  /** What was read for the first time was not watched until now, and may have been saved meanwhile. */
  #lookAgain(fresh: ReadonlyArray<readonly [string, string]>): void {
    this.#crew.refreshStandby(fresh)
    this.#changes.inspect(new Set(fresh.map(([file]) => file)))
  }

  /** Without a number: whatever is being tried. */
  #failed(problem: Problem, id = this.#attempts.current?.id, missing?: string): void {
    const attempt = this.#attempts.current
    if (!attempt || attempt.id !== id) return
    attempt.failUnlessReplaced(doubt, () => {
      this.#attempts.end()
      this.#changes.missing(missing)
      this.#changes.watch()
      const { isNew: news, changed } = this.#changes.snapshots.inspect([])
      if (news && changed.length > 0) return this.#replace(changed)
      this.#fail(problem, attempt)
    })
  }

  #fail(problem: Problem, { kind: way, files }: ReloadAttempt): void {
    const { active: present, starting: coming } = this.#crew
    this.#problem = problem
    // An exclusive application had to stop first: the last good version comes back.
    const back = !present && way === 'process' && files.length > 0
    this.#emit({ type: 'failed', problem, serving: back || present !== undefined })
    if (back || present) this.#crew.kill(coming)
    if (back) this.#restore()
    else if (!present) this.#showPage(problem)
    this.#settled()
  }

  /** The application came to an end although its process lives. */
  #ended(child: WorkerProcess, { code, problem }: Extract<WorkerMessage, { type: 'ended' }>) {
    if (child !== this.#crew.active || this.#stopping) return
    if (code === 0 && !problem) return void this.stop()
    if (problem) this.#emit({ type: 'failed', problem, serving: false })
    this.#crew.drain(child, 'the application has ended')
    this.#crashed(code, null, problem)
  }

  #crashed(code: number | null, signal: string | null, problem = exitProblem(code, signal)) {
    this.#attempts.end()
    const restarting = performance.now() - this.#servesSince > soon || signal === 'SIGKILL'
    this.#emit({ type: 'crashed', code, signal, restarting })
    if (restarting) return this.#restore()
    this.#problem = problem
    this.#showPage(problem)
  }

  // ── one attempt at a time ──────────────────────────────────────────────────────────────────────────────────

  #try(way: ReloadKind, files: readonly string[], restores = false): ReloadAttempt {
    const attempt = this.#attempts.begin(way, files, restores)
    if (!restores) this.#changes.snapshots.markAttempted(files)
    const worker = () => this.#crew.starting ?? this.#crew.active
    // The socket stays, so only what the process had in hand is lost.
    attempt.stopHeartbeat = watchHeartbeat(this.#patience, worker, (ms) => this.#blocked(ms))
    return attempt
  }

  #blocked(ms: number): void {
    this.#attempts.end()
    this.#problem = blockedProblem(this.#load.entry, ms)
    const again = this.#changes.snapshots.lastGood.size > 0
    this.#emit({ type: 'failed', problem: this.#problem, serving: again })
    this.#crew.kill(this.#crew.starting ?? this.#crew.active)
    if (again && !this.#crew.active) this.#restore()
    else if (!again) this.#showPage(this.#problem)
    this.#settled()
  }

  #emit(event: ReloadEvent): void {
    this.#options.onEvent?.(event)
  }
}
