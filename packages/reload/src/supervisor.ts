// Keeps the sockets, watches the files, and decides: swap in the worker, or hand over to a fresh process.

import path from 'node:path'
import type { ExitCode } from '@myfy/core'
import { addressOf, blockedProblem, exitProblem, signalNumbers } from './accidents.ts'
import { Child, type ChildListener } from './child.ts'
import { Contents, isGone } from './contents.ts'
import type { ReloadEvent, Way } from './events.ts'
import { type InterestOptions, Interests } from './interests.ts'
import { Pacer } from './pacer.ts'
import type { Problem } from './problem.ts'
import type { LoadOptions, Report } from './protocol.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { createWatcher, type FileWatcher } from './watcher.ts'

/** Options of {@link createSupervisor}. */
export interface SupervisorOptions extends InterestOptions {
  /** The file that holds the application. */
  readonly entry: string
  /** The export that holds it. Default: `app`, `application` or `default`, or whoever calls `app.run()`. */
  readonly exportName?: string
  /** Where the application runs; env files are looked for here. Default: the current directory. */
  readonly cwd?: string
  /** Looks at the files every so many ms instead of waiting for events; `true` is 100. Default: false. */
  readonly poll?: boolean | number
  /** Where the error page of a failed first start is shown before the application has said where it listens. */
  readonly port?: number
  /** See `port`. Default: all interfaces. */
  readonly host?: string
  /** The environment of the workers. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the debugger of the application listens: a port or `host:port`. */
  readonly inspect?: string
  /** How long modules may run at import without a pause, in ms; 0 is forever. Default: 2000. */
  readonly importTimeout?: number
  /** Hears of everything that happens. */
  readonly onEvent?: (event: ReloadEvent) => void
}

/** Runs an application and replaces it whenever its code changes. */
export interface Supervisor {
  /** Starts; resolves when the application serves or its first start has failed. */
  start(): Promise<void>
  /** Replaces the application by one in a fresh process, changed or not. */
  reload(): void
  /** Stops gracefully; a second call forces. Resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<ExitCode>
  /** Resolves when everything has stopped. */
  readonly exitCode: Promise<ExitCode>
  /** Where the application can be reached. */
  readonly urls: readonly string[]
}

/**
 * Makes a supervisor. Nothing happens before `start()`.
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

/** After so many ms of service an end counts as an accident, before as a fault of the code. */
const soon = 2_000
/** An editor truncates first; a failure and an empty file are believed after this, in ms. */
const doubt = 15
/** A file that is gone may be on its way back: saved by renaming, or a branch being switched. */
const absence = 60
/** How long a worker may be silent while it loads, in ms; on top of what a module may take at import. */
const silence = 3_000

class RollingSupervisor implements Supervisor, ChildListener {
  readonly exitCode: Promise<ExitCode>
  urls: readonly string[] = []
  readonly #options: SupervisorOptions
  readonly #cwd: string
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #load: LoadOptions
  readonly #sockets: Sockets = createSockets()
  readonly #contents = new Contents()
  readonly #interests: Interests
  readonly #watcher: FileWatcher
  readonly #pacer = new Pacer((files) => this.#look(files))
  /** Serves. */
  #present: Child | undefined
  /** Loads its first application, or shows why it could not. */
  #coming: Child | undefined
  #spare: Child | undefined
  readonly #leaving = new Set<Child>()
  #children = 0
  #externals: readonly string[] = []
  #exclusive = false
  /** What is being tried, since when. */
  #attempt: { way: Way; began: number; files: readonly string[]; restores: boolean } | undefined
  #problem: Problem | undefined
  #servesSince = 0
  #stopping: { code?: ExitCode } | undefined
  #settled!: () => void
  #exit!: (code: ExitCode) => void
  #watchdog: NodeJS.Timeout | undefined
  /** Until a failure is believed. */
  #verdict: NodeJS.Timeout | undefined
  /** Until files that were in doubt are looked at again. */
  #recheck: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#cwd = path.resolve(options.cwd ?? process.cwd())
    this.#env = options.env ?? process.env
    const importTimeout = options.importTimeout ?? 2_000
    this.#load = { entry: path.resolve(this.#cwd, options.entry), exportName: options.exportName, importTimeout, inspect: options.inspect }
    // The entry counts before it was ever read, also when it is not there yet.
    this.#contents.loaded(this.#load.entry, { hash: '', source: '' })
    this.#interests = new Interests(this.#cwd, this.#load.entry, options)
    this.#watcher = createWatcher((file) => this.#saved(file), options.poll === true ? 100 : options.poll || undefined)
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
      for (const child of this.#all()) child.kill()
      return this.exitCode
    }
    this.#stopping = {}
    this.#watcher.close()
    this.#pacer.stop()
    for (const timer of [this.#recheck, this.#verdict, this.#watchdog]) clearTimeout(timer)
    const reason = signal ? `signal ${signal}` : 'the supervisor stops'
    this.#spare?.kill()
    for (const child of this.#all()) child.send({ type: 'stop', reason })
    const main = this.#present ?? this.#coming
    const failed = this.#present === undefined && this.#problem !== undefined
    await Promise.all(this.#all().map((child) => child.gone))
    const code = this.#stopping.code ?? (failed ? 1 : ((await main?.gone) ?? 0))
    this.#sockets.close()
    this.#emit({ type: 'stopped', code })
    this.#exit(code)
    return this.exitCode
  }

  // ── what workers say ───────────────────────────────────────────────────────────────────────────────────────

  report(child: Child, report: Report): void {
    switch (report.type) {
      case 'hello':
      case 'prepared':
      case 'pong':
        return
      case 'loaded':
        for (const { file, ...content } of report.files) this.#contents.loaded(file, content)
        // What a handler imports later is part of the good version at once.
        if (!this.#attempt && child === this.#present) this.#adopt([...this.#contents.good.keys(), ...report.files.map(({ file }) => file)])
        return
      case 'acquire':
        return void this.#grant(child, report)
      case 'ready':
        return this.#ready(child, report)
      case 'failed':
        return this.#failed(child, report.problem, report.missing)
      case 'retired':
        return this.#emit({ type: 'retired', code: report.code })
      case 'ended':
        return this.#ended(child, report)
    }
  }

  exited(child: Child, code: number | null, signal: string | null): void {
    this.#leaving.delete(child)
    if (child === this.#spare) this.#spare = undefined
    if (this.#stopping) return
    if (child === this.#coming) {
      this.#coming = undefined
      if (this.#attempt) this.#failed(undefined, exitProblem(code, signal))
      else if (this.#problem) this.#showPage(this.#problem)
    } else if (child === this.#present) {
      this.#crashed(code, signal)
    }
  }

  async #grant(child: Child, { id, address }: Extract<Report, { type: 'acquire' }>): Promise<void> {
    try {
      const { handle, path } = await this.#sockets.grant(address, child.id)
      child.send({ type: 'bound', id, ...(path !== undefined && { path }) }, handle)
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException
      child.send({ type: 'bound', id, error: { message, ...(code && { code }) } })
    }
  }

  #ready(child: Child, report: Extract<Report, { type: 'ready' }>): void {
    if (child !== this.#present && child !== this.#coming) return
    const attempt = this.#attempt
    this.#settle()
    if (child !== this.#present) {
      const before = this.#present
      this.#present = child
      this.#coming = undefined
      child.heap = report.heap
      this.#sockets.serve(child.id)
      if (before) this.#retire(before)
    }
    if (!attempt?.restores) this.#problem = undefined
    this.#externals = report.externals
    this.#exclusive = report.exclusive
    this.urls = report.urls
    this.#servesSince = performance.now()
    this.#interests.configs(report.configs)
    this.#interests.missing(undefined)
    this.#adopt(report.files)
    this.#emit({ type: 'ready', way: attempt?.way ?? 'swap', ms: performance.now() - (attempt?.began ?? 0), urls: report.urls })
    this.#settled()
    // Saved again while the attempt ran.
    this.#look(new Set())
    if (report.heap > child.heap * 3 + 64e6) this.#handOver([], true)
  }

  #adopt(files: readonly string[]): void {
    const fresh = this.#contents.commit(files)
    this.#watch()
    if (!this.#spare) this.#spare = this.#fork(true)
    else if (fresh.length > 0) this.#spare.send({ type: 'prepare', files: fresh, externals: this.#externals })
  }

  #failed(child: Child | undefined, problem: Problem, missing?: string): void {
    const attempt = this.#attempt
    if (!attempt) return
    // Half a file was read: the rest is there by now, or there will be an event for it.
    clearTimeout(this.#verdict)
    this.#verdict = setTimeout(() => {
      if (this.#attempt !== attempt) return
      this.#settle()
      this.#interests.missing(missing)
      this.#watch()
      const { news, changed } = this.#contents.look([])
      if (news && changed.length > 0) return this.#replace(changed)
      this.#problem = problem
      // An exclusive application had to stop first: the last good version comes back.
      const back = !this.#present && attempt.way === 'process' && attempt.files.length > 0
      const serving = back || this.#present !== undefined
      this.#emit({ type: 'failed', problem, serving })
      if (back) {
        this.#discard(this.#coming)
        return this.#restore()
      }
      if (serving && child !== this.#present) this.#discard(child)
      if (!serving) this.#showPage(problem)
      this.#settled()
    }, doubt)
  }

  /** The application came to an end although its process lives. */
  #ended(child: Child, { code, problem }: Extract<Report, { type: 'ended' }>): void {
    if (child !== this.#present || this.#stopping) return
    if (code === 0 && !problem) return void this.stop()
    if (problem) this.#emit({ type: 'failed', problem, serving: false })
    this.#leaving.add(child)
    child.send({ type: 'stop', reason: 'the application has ended' })
    this.#crashed(code, null, problem)
  }

  #crashed(code: number | null, signal: string | null, problem = exitProblem(code, signal)): void {
    this.#present = undefined
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
    if (this.#interests.has(file) || (this.#contents.has(file) && !this.#interests.ignores(file))) this.#pacer.add(file)
  }

  #look(files: ReadonlySet<string>, again = false): void {
    if (this.#stopping) return
    if (this.#interests.gitIsBusy) {
      // A checkout writes file by file; when it is over everything is looked at, and that is one change.
      return this.#recheckIn(5, new Set([...files, ...this.#contents.files, ...this.#interests.files]), again)
    }
    const config = this.#interests.changed(files)
    const { changed, news, doubtful } = this.#contents.look(files)
    if (doubtful.length > 0 && news && !again) return this.#recheckIn(doubtful.some(isGone) ? absence : doubt, files, true)
    if (config) return this.#handOver(changed, config === 'environment')
    if (changed.length === 0 && this.#problem && this.#present && !this.#attempt) {
      this.#problem = undefined
      this.#contents.tried([])
      return this.#emit({ type: 'recovered' })
    }
    if (this.#interests.found(files)) return this.#replace(changed, true)
    if (!news || changed.length === 0) return
    this.#emit({ type: 'changed', files: changed })
    this.#replace(changed)
  }

  #recheckIn(ms: number, files: ReadonlySet<string>, again: boolean): void {
    clearTimeout(this.#recheck)
    this.#recheck = setTimeout(() => this.#look(files, again), ms)
  }

  // ── what follows from it ───────────────────────────────────────────────────────────────────────────────────

  /** The fast way where there is an application; otherwise another try at the first one. */
  #replace(changed: readonly string[], paths = false): void {
    const target = this.#present ?? this.#coming
    if (!target) return this.#boot(changed, 'process')
    // Whoever hands over to a fresh process does so with what is there now.
    if (this.#present && this.#coming) {
      this.#discard(this.#coming)
      return this.#boot(changed, 'process')
    }
    this.#try(this.#present ? 'swap' : 'start', changed)
    target.send({ type: 'swap', changed, paths: paths || this.#problem !== undefined || changed.some(isGone) })
  }

  /** A fresh process beside the present one. A spare that knows the old configuration is of no use. */
  #handOver(changed: readonly string[], spareIsGood: boolean): void {
    if (!spareIsGood && this.#spare) {
      this.#spare.kill()
      this.#spare = undefined
    }
    if (this.#coming) this.#discard(this.#coming)
    if (this.#exclusive && this.#present) {
      // What it owns alone has to be free before the next one starts; connections wait in the socket meanwhile.
      const before = this.#present
      this.#present = undefined
      this.#retire(before)
      void before.gone.then(() => this.#boot(changed, 'process'))
      return
    }
    this.#boot(changed, 'process')
  }

  /** The last good version again, in a fresh process. What was tried since stays tried. */
  #restore(): void {
    this.#boot([], 'process', true)
  }

  #boot(changed: readonly string[], way: Way, restores = false): void {
    if (this.#stopping) return
    this.#try(way, changed, restores)
    const child = this.#spare ?? this.#fork(way !== 'start')
    this.#spare = undefined
    this.#coming = child
    void child.prepared.then(() => {
      if (this.#coming === child) child.send({ type: 'boot', load: this.#load, changed })
    })
  }

  #fork(prepared: boolean): Child {
    const child = new Child(++this.#children, { cwd: this.#cwd, env: this.#env }, this)
    const files = prepared ? [...this.#contents.good].map(([file, { source }]) => [file, source] as const) : []
    child.send({ type: 'prepare', files, externals: prepared ? this.#externals : [] })
    return child
  }

  #retire(child: Child): void {
    this.#leaving.add(child)
    child.send({ type: 'stop', reason: 'replaced' })
  }

  #discard(child: Child | undefined): void {
    if (!child) return
    if (this.#coming === child) this.#coming = undefined
    this.#leaving.add(child)
    child.kill()
  }

  #showPage(problem: Problem): void {
    const { port, host } = this.#options
    const known = this.#sockets.addresses[0] ?? addressOf(port ?? Number(this.#env['PORT'] ?? Number.NaN), host)
    if (!known) return
    // If nothing is left of the process that failed, another one shows the page and loads the next version.
    this.#coming ??= this.#spare ?? this.#fork(false)
    if (this.#coming === this.#spare) this.#spare = undefined
    this.#coming.send({ type: 'page', problem, address: known, load: this.#load })
  }

  // ── one attempt at a time ──────────────────────────────────────────────────────────────────────────────────

  #try(way: Way, files: readonly string[], restores = false): void {
    clearTimeout(this.#verdict)
    this.#attempt = { way, began: performance.now(), files, restores }
    if (!restores) this.#contents.tried(files)
    clearTimeout(this.#watchdog)
    this.#watchFor(this.#attempt)
  }

  #settle(): void {
    this.#attempt = undefined
    clearTimeout(this.#watchdog)
  }

  /** Code that never pauses answers no ping. The socket stays, so only what the process had in hand is lost. */
  #watchFor(attempt: { readonly began: number }): void {
    if (this.#load.inspect !== undefined || this.#load.importTimeout === 0) return
    this.#watchdog = setTimeout(() => {
      const child = this.#coming ?? this.#present
      if (this.#attempt !== attempt || !child) return
      const limit = this.#load.importTimeout + silence
      if (performance.now() - Math.max(child.heard, attempt.began) > limit) return this.#endBlocked(child, limit)
      child.send({ type: 'ping' })
      this.#watchFor(attempt)
    }, 1_000)
  }

  #endBlocked(child: Child, ms: number): void {
    const problem = blockedProblem(this.#load.entry, ms)
    this.#settle()
    this.#problem = problem
    if (child === this.#present) this.#present = undefined
    this.#discard(child)
    this.#emit({ type: 'failed', problem, serving: false })
    const again = this.#contents.good.size > 0
    if (again) this.#restore()
    else this.#showPage(problem)
    this.#settled()
  }

  #all(): Child[] {
    return [this.#present, this.#coming, ...this.#leaving].filter((child) => child !== undefined)
  }

  #emit(event: ReloadEvent): void {
    this.#options.onEvent?.(event)
  }
}
