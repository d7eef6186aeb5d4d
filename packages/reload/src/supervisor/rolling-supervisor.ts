// Replaces one application by the next: decides between a swap in the worker and a hand-over to a fresh process, and
// what becomes of the answer. The files are in changes.ts, the processes in crew.ts.

import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ExitCode } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { LoadOptions, Report } from '../protocol.ts'
import { Changes, type Demand } from '../watch/change-detector.ts'
import { isGone } from '../watch/file-snapshots.ts'
import { expectPulse } from './heartbeat.ts'
import { addressOf, blockedProblem, exitProblem, signalNumbers } from './process-problems.ts'
import { type Attempt, Attempts } from './reload-attempt.ts'
import type { ReloadEvent, Way } from './reload-events.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'
import { Crew } from './worker-pool.ts'
import type { Child, ChildListener } from './worker-process.ts'

/** After so many ms of service an end counts as an accident, before as a fault of the code. */
const soon = 2_000
/** A process that is replaced is given this long to close its end of the socket before it is held to hang, in ms. */
const hanging = 1_000
/** A failure is believed after this, in ms: half a file may have been read. */
const doubt = 15

/** A supervisor; the sockets and the files stay with it. */
export class RollingSupervisor implements Supervisor, ChildListener {
  readonly exitCode: Promise<ExitCode>
  urls: readonly string[] = []
  readonly #options: SupervisorOptions
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #load: LoadOptions
  readonly #patience: number
  readonly #changes: Changes
  readonly #crew: Crew
  readonly #attempts = new Attempts()
  #problem: Problem | undefined
  #exclusive = false
  #servesSince = 0
  #stopping: { code?: ExitCode } | undefined
  #settled = () => {}
  #exit!: (code: ExitCode) => void

  constructor(options: SupervisorOptions) {
    const { exportName, importTimeout = 2_000, inspect, poll, listen, preload, watch, ignore } = options
    const cwd = path.resolve(options.cwd ?? process.cwd())
    const entry = path.resolve(cwd, options.entry)
    this.#options = options
    this.#env = options.env ?? process.env
    this.#load = { entry, exportName, importTimeout, inspect }
    const ms = poll === true ? 100 : poll || undefined
    this.#changes = new Changes(
      { cwd, entry, poll: ms, ...(watch && { watch }), ...(ignore && { ignore }) },
      (demand) => this.#answer(demand),
    )
    // Whoever debugs pauses as long as they like.
    this.#patience = inspect === undefined ? importTimeout : 0
    const child = { cwd, env: this.#env, preload, importTimeout: this.#patience }
    this.#crew = new Crew({ ...child, listen }, this.#changes.contents, this)
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
    const { all, present, coming } = this.#crew
    const failed = !present && this.#problem !== undefined
    this.#crew.dropSpare()
    for (const child of all) child.stop(reason)
    await Promise.all(all.map((child) => child.gone))
    const code = this.#stopping.code ?? (failed ? 1 : ((await (present ?? coming)?.gone) ?? 0))
    this.#crew.sockets.close()
    this.#emit({ type: 'stopped', code })
    // Who still waits for the first attempt waits for nothing.
    this.#settled()
    this.#exit(code)
    return this.exitCode
  }

  // ── what saved files ask for ───────────────────────────────────────────────────────────────────────────────

  #answer(demand: Demand): void {
    switch (demand.type) {
      case 'handOver':
        return this.#handOver(demand.files, demand.spareIsGood)
      case 'replace':
        if (demand.news) this.#emit({ type: 'changed', files: demand.files })
        return this.#replace(demand.files)
      case 'same':
        if (!this.#problem || !this.#crew.present || this.#attempts.present) return
        this.#problem = undefined
        this.#changes.contents.tried([])
        this.#emit({ type: 'recovered' })
    }
  }

  /** The fast way where there is an application; otherwise another try at the first one. */
  #replace(changed: readonly string[]) {
    const { present, coming } = this.#crew
    if (!present && !coming) return this.#boot(changed, 'process')
    // Whoever hands over to a fresh process does so with what is there now.
    if (present && coming) return this.#handOver(changed, true)
    const paths = this.#problem !== undefined || changed.some(isGone)
    const { id } = this.#try(present ? 'swap' : 'start', changed)
    ;(present ?? coming)!.send({ type: 'swap', attempt: id, changed, paths })
  }

  /** A fresh process beside the present one. */
  #handOver(changed: readonly string[], spareIsGood: boolean) {
    const { present } = this.#crew
    if (!spareIsGood) this.#crew.dropSpare()
    this.#crew.discard(this.#crew.coming)
    if (!this.#exclusive || !present) return this.#boot(changed, 'process')
    // What it owns alone has to be free before the next one starts; connections wait in the socket meanwhile.
    this.#crew.retire(present)
    void present.gone.then(() => this.#boot(changed, 'process'))
  }

  /** The last good version again, in a fresh process. What was tried since stays tried. */
  #restore(): void {
    this.#boot([], 'process', true)
  }

  #boot(changed: readonly string[], way: Way, restores = false): void {
    if (this.#stopping) return
    const child = this.#crew.call()
    const { id } = this.#try(way, changed, restores)
    void child.prepared.then(() => {
      if (this.#crew.coming !== child) return
      child.send({ type: 'boot', attempt: id, load: this.#load, changed })
    })
  }

  #showPage(problem: Problem): void {
    const { port, host, listen } = this.#options
    const wanted = listen?.port ?? port ?? Number(this.#env.PORT ?? Number.NaN)
    this.#crew.showPage(problem, this.#load, addressOf(wanted, listen?.host ?? host))
  }

  // ── what workers say ───────────────────────────────────────────────────────────────────────────────────────

  report(child: Child, report: Report) {
    // What still arrives then must not bring anybody back.
    if (this.#stopping) return
    switch (report.type) {
      case 'hello':
      case 'prepared':
      case 'pong':
      case 'released':
        return
      case 'loaded':
        return this.#loaded(child, report.files)
      case 'acquire':
        return void this.#crew.grant(child, report)
      case 'ready':
        return this.#ready(child, report)
      case 'failed':
        return this.#failed(report.problem, report.attempt, report.missing)
      case 'retired':
        return this.#emit({ type: 'retired', code: report.code })
      case 'ended':
        return this.#ended(child, report)
    }
  }

  exited(child: Child, code: number | null, signal: string | null): void {
    const role = this.#crew.gone(child)
    if (this.#stopping || role === 'other') return
    if (role === 'present') this.#crashed(code, signal)
    else if (this.#attempts.present) this.#failed(exitProblem(code, signal))
    else if (this.#problem) this.#showPage(this.#problem)
  }

  killed(ms: number): void {
    this.#emit({ type: 'killed', ms })
  }

  #loaded(child: Child, files: Extract<Report, { type: 'loaded' }>['files']): void {
    const { contents } = this.#changes
    for (const { file, ...content } of files) contents.loaded(file, content)
    // What a handler imports later is part of the good version at once.
    if (this.#attempts.present || child !== this.#crew.present) return
    this.#lookAgain(this.#changes.adopt([...contents.good.keys(), ...files.map(({ file }) => file)]))
  }

  #ready(child: Child, report: Extract<Report, { type: 'ready' }>): void {
    const { urls, exclusive, heap, parts } = report
    const { present, coming } = this.#crew
    if (child !== present && child !== coming) return
    const attempt = this.#attempts.present
    const former = child === coming ? present : undefined
    // A newer one may be on its way already; this one is the good version all the same.
    const isNewest = attempt?.id === report.attempt
    if (isNewest) this.#attempts.end()
    if (child === coming) {
      this.#crew.promote()
      child.heap = heap
      if (former) this.#crew.retire(former)
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
      const serves = isNewest && !this.#stopping && child === this.#crew.present
      if (serves) this.#emit({ type: 'ready', way: attempt.way, ms: attempt.ms, urls })
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
    this.#crew.keepSpare(fresh)
    this.#changes.look(new Set(fresh.map(([file]) => file)))
  }

  /** Without a number: whatever is being tried. */
  #failed(problem: Problem, id = this.#attempts.present?.id, missing?: string): void {
    const attempt = this.#attempts.present
    if (!attempt || attempt.id !== id) return
    attempt.failAfter(doubt, () => {
      this.#attempts.end()
      this.#changes.missing(missing)
      this.#changes.watch()
      const { news, changed } = this.#changes.contents.look([])
      if (news && changed.length > 0) return this.#replace(changed)
      this.#fail(problem, attempt)
    })
  }

  #fail(problem: Problem, { way, files }: Attempt): void {
    const { present, coming } = this.#crew
    this.#problem = problem
    // An exclusive application had to stop first: the last good version comes back.
    const back = !present && way === 'process' && files.length > 0
    this.#emit({ type: 'failed', problem, serving: back || present !== undefined })
    if (back || present) this.#crew.discard(coming)
    if (back) this.#restore()
    else if (!present) this.#showPage(problem)
    this.#settled()
  }

  /** The application came to an end although its process lives. */
  #ended(child: Child, { code, problem }: Extract<Report, { type: 'ended' }>) {
    if (child !== this.#crew.present || this.#stopping) return
    if (code === 0 && !problem) return void this.stop()
    if (problem) this.#emit({ type: 'failed', problem, serving: false })
    this.#crew.retire(child, 'the application has ended')
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

  #try(way: Way, files: readonly string[], restores = false): Attempt {
    const attempt = this.#attempts.begin(way, files, restores)
    if (!restores) this.#changes.contents.tried(files)
    const worker = () => this.#crew.coming ?? this.#crew.present
    // The socket stays, so only what the process had in hand is lost.
    attempt.endPulse = expectPulse(this.#patience, worker, (ms) => this.#blocked(ms))
    return attempt
  }

  #blocked(ms: number): void {
    this.#attempts.end()
    this.#problem = blockedProblem(this.#load.entry, ms)
    const again = this.#changes.contents.good.size > 0
    this.#emit({ type: 'failed', problem: this.#problem, serving: again })
    this.#crew.discard(this.#crew.coming ?? this.#crew.present)
    if (again && !this.#crew.present) this.#restore()
    else if (!again) this.#showPage(this.#problem)
    this.#settled()
  }

  #emit(event: ReloadEvent): void {
    this.#options.onEvent?.(event)
  }
}
