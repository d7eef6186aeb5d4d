// Keeps the sockets, watches the files, and decides: swap in the worker, or hand over to a fresh process.

import path from 'node:path'
import type { ExitCode } from '@myfy/core'
import { addressOf, blockedProblem, exitProblem, signalNumbers } from './accidents.ts'
import { Attempt } from './attempt.ts'
import type { Child, ChildListener } from './child.ts'
import { Contents, isGone } from './contents.ts'
import { Crew } from './crew.ts'
import type { ReloadEvent, Way } from './events.ts'
import { Interests } from './interests.ts'
import { Pacer } from './pacer.ts'
import type { Problem } from './problem.ts'
import type { LoadOptions, Report } from './protocol.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'
import { createWatcher, type FileWatcher } from './watcher.ts'

/** After so many ms of service an end counts as an accident, before as a fault of the code. */
const soon = 2_000
/** An editor truncates first; a failure and an empty file are believed after this, in ms. */
const doubt = 15
/** A file that is gone may be on its way back: saved by renaming, or a branch being switched. */
const absence = 60

/** Replaces one application by the next; the sockets and the files stay with it. */
export class RollingSupervisor implements Supervisor, ChildListener {
  readonly exitCode: Promise<ExitCode>
  urls: readonly string[] = []
  readonly #options: SupervisorOptions
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #load: LoadOptions
  readonly #contents = new Contents()
  readonly #interests: Interests
  readonly #watcher: FileWatcher
  readonly #pacer = new Pacer((files) => this.#look(files))
  readonly #crew: Crew
  #attempt: Attempt | undefined
  #problem: Problem | undefined
  #exclusive = false
  #servesSince = 0
  #stopping: { code?: ExitCode } | undefined
  #settled!: () => void
  #exit!: (code: ExitCode) => void
  /** Until files that were in doubt are looked at again. */
  #recheck: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    const { exportName, importTimeout = 2_000, inspect, poll } = options
    const cwd = path.resolve(options.cwd ?? process.cwd())
    this.#options = options
    this.#env = options.env ?? process.env
    this.#load = { entry: path.resolve(cwd, options.entry), exportName, importTimeout, inspect }
    // The entry counts before it was ever read, also when it is not there yet.
    this.#contents.loaded(this.#load.entry, { hash: '', source: '' })
    this.#crew = new Crew({ cwd, env: this.#env }, this.#contents, this)
    this.#interests = new Interests(cwd, this.#load.entry, options)
    this.#watcher = createWatcher((file) => this.#saved(file), poll === true ? 100 : poll || undefined)
    this.exitCode = new Promise((resolve) => {
      this.#exit = resolve
    })
  }

  start(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve
    })
    this.#watch()
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
    this.#watcher.close()
    this.#pacer.stop()
    this.#attempt?.end()
    clearTimeout(this.#recheck)
    const reason = signal ? `signal ${signal}` : 'the supervisor stops'
    const { all, present, coming } = this.#crew
    const failed = !present && this.#problem !== undefined
    this.#crew.dropSpare()
    for (const child of all) child.send({ type: 'stop', reason })
    await Promise.all(all.map((child) => child.gone))
    const code = this.#stopping.code ?? (failed ? 1 : ((await (present ?? coming)?.gone) ?? 0))
    this.#crew.sockets.close()
    this.#emit({ type: 'stopped', code })
    this.#exit(code)
    return this.exitCode
  }

  // ── what workers say ───────────────────────────────────────────────────────────────────────────────────────

  report(child: Child, report: Report) {
    // What still arrives then must not bring anybody back.
    if (this.#stopping) return
    switch (report.type) {
      case 'hello':
      case 'prepared':
      case 'pong':
        return
      case 'loaded':
        return this.#loaded(child, report.files)
      case 'acquire':
        return void this.#crew.grant(child, report)
      case 'ready':
        return this.#ready(child, report)
      case 'failed':
        return this.#failed(report.problem, report.missing)
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
    else if (this.#attempt) this.#failed(exitProblem(code, signal))
    else if (this.#problem) this.#showPage(this.#problem)
  }

  #loaded(child: Child, files: Extract<Report, { type: 'loaded' }>['files']): void {
    for (const { file, ...content } of files) this.#contents.loaded(file, content)
    // What a handler imports later is part of the good version at once.
    if (!this.#attempt && child === this.#crew.present) {
      this.#look(this.#adopt([...this.#contents.good.keys(), ...files.map(({ file }) => file)]))
    }
  }

  #ready(child: Child, { urls, exclusive, heap, parts }: Extract<Report, { type: 'ready' }>): void {
    const { present, coming } = this.#crew
    if (child !== present && child !== coming) return
    const attempt = this.#attempt
    this.#end()
    if (child === coming) {
      const before = this.#crew.promote()
      child.heap = heap
      if (before) this.#crew.retire(before)
    }
    if (!attempt?.restores) this.#problem = undefined
    this.urls = urls
    this.#exclusive = exclusive
    this.#servesSince = performance.now()
    this.#interests.missing(undefined)
    if (parts) {
      this.#crew.externals = parts.externals
      this.#interests.configs(parts.configs)
    }
    const fresh = this.#adopt(parts?.files)
    this.#emit({ type: 'ready', way: attempt?.way ?? 'swap', ms: attempt?.ms ?? 0, urls })
    this.#settled()
    // Saved again while the attempt ran: what it has read for the first time was not watched until now.
    this.#look(fresh)
    if (heap > child.heap * 3 + 64e6) this.#handOver([], true)
  }

  /** What was loaded is the good version. Returns the files that are new in it. */
  #adopt(files: readonly string[] | undefined): ReadonlySet<string> {
    const fresh = this.#contents.commit(files)
    if (files) this.#watch()
    this.#crew.keepSpare(fresh)
    return new Set(fresh.map(([file]) => file))
  }

  #failed(problem: Problem, missing?: string): void {
    const attempt = this.#attempt
    attempt?.failAfter(doubt, () => {
      this.#end()
      this.#interests.missing(missing)
      this.#watch()
      const { news, changed } = this.#contents.look([])
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
    this.#end()
    const restarting = performance.now() - this.#servesSince > soon || signal === 'SIGKILL'
    this.#emit({ type: 'crashed', code, signal, restarting })
    if (restarting) return this.#restore()
    this.#problem = problem
    this.#showPage(problem)
  }

  // ── what is saved ──────────────────────────────────────────────────────────────────────────────────────────

  #watch(): void {
    this.#watcher.watch([...this.#contents.files, ...this.#interests.files], this.#interests.directories)
  }

  #saved(file: string): void {
    if (this.#stopping) return
    const counts = this.#contents.has(file) && !this.#interests.ignores(file)
    if (counts || this.#interests.has(file)) this.#pacer.add(file)
  }

  #look(files: ReadonlySet<string>, again = false) {
    if (this.#stopping) return
    if (this.#interests.gitIsBusy) {
      // A checkout writes file by file; when it is over everything is looked at, and that is one change.
      return this.#lookIn(5, new Set([...files, ...this.#contents.files, ...this.#interests.files]), again)
    }
    const { changed, news, doubtful } = this.#contents.look(files)
    if (doubtful.length > 0 && news && !again)
      return this.#lookIn(doubtful.some(isGone) ? absence : doubt, files, true)
    const config = this.#interests.changed(files)
    if (config) return this.#handOver(changed, config === 'environment')
    if (this.#interests.found(files)) return this.#replace(changed)
    if (changed.length > 0 && news) {
      this.#emit({ type: 'changed', files: changed })
      this.#replace(changed)
    } else if (changed.length === 0 && this.#problem && this.#crew.present && !this.#attempt) {
      this.#problem = undefined
      this.#contents.tried([])
      this.#emit({ type: 'recovered' })
    }
  }

  #lookIn(ms: number, files: ReadonlySet<string>, again: boolean): void {
    clearTimeout(this.#recheck)
    this.#recheck = setTimeout(() => this.#look(files, again), ms)
  }

  // ── what follows from it ───────────────────────────────────────────────────────────────────────────────────

  /** The fast way where there is an application; otherwise another try at the first one. */
  #replace(changed: readonly string[]) {
    const { present, coming } = this.#crew
    if (!present && !coming) return this.#boot(changed, 'process')
    // Whoever hands over to a fresh process does so with what is there now.
    if (present && coming) return this.#handOver(changed, true)
    const paths = this.#problem !== undefined || changed.some(isGone)
    this.#try(new Attempt(present ? 'swap' : 'start', changed))
    ;(present ?? coming)!.send({ type: 'swap', changed, paths })
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
    this.#try(new Attempt(way, changed, restores))
    void child.prepared.then(() => {
      if (this.#crew.coming === child) child.send({ type: 'boot', load: this.#load, changed })
    })
  }

  /** If nothing is left of the process that failed, another one shows the page and loads the next version. */
  #showPage(problem: Problem): void {
    const { port, host } = this.#options
    const address =
      this.#crew.sockets.addresses[0] ?? addressOf(port ?? Number(this.#env.PORT ?? Number.NaN), host)
    if (!address) return
    const child = this.#crew.coming ?? this.#crew.call()
    child.send({ type: 'page', problem, address, load: this.#load })
  }

  // ── one attempt at a time ──────────────────────────────────────────────────────────────────────────────────

  #try(attempt: Attempt): void {
    this.#end()
    this.#attempt = attempt
    if (!attempt.restores) this.#contents.tried(attempt.files)
    const { importTimeout, inspect } = this.#load
    if (importTimeout === 0 || inspect !== undefined) return
    attempt.expectPulse(
      importTimeout,
      () => this.#crew.coming ?? this.#crew.present,
      (ms) => this.#blocked(ms),
    )
  }

  #end(): void {
    this.#attempt?.end()
    this.#attempt = undefined
  }

  #blocked(ms: number): void {
    this.#end()
    this.#problem = blockedProblem(this.#load.entry, ms)
    const again = this.#contents.good.size > 0
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
