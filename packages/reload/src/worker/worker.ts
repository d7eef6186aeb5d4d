// The process that runs the application. The supervisor forks it; no module imports it.

import { channel } from 'node:diagnostics_channel'
import nodeModule from 'node:module'
import path from 'node:path'
import v8 from 'node:v8'
import type { Application } from '@myfy/core'
import { surviveLostReader } from '@myfy/core/runtime'
import { ImportError } from '../errors.ts'
import { serveToNode } from '../interop/native-imports.ts'
import { describeProblem, type Problem } from '../problem.ts'
import type {
  ApplicationFiles,
  LoadOptions,
  ReadFile,
  SupervisorMessage,
  WorkerMessage,
} from '../protocol.ts'
import { ModuleRunner } from '../runner/module-runner.ts'
import { mapStackTraces } from '../runner/stack-trace.ts'
import { WATCH_PARENT } from '../supervisor/parent-watchdog.ts'
import { ApplicationHandoff, afterPausedRequests } from './application-handoff.ts'
import { closeDebugger, closeDebuggerAtExit, openDebugger } from './debugger.ts'
import { ErrorPage } from './error-page.ts'
import { IdleGarbageCollector } from './idle-gc.ts'
import { observeWrites } from './observe-writes.ts'
import { RemoteListener } from './remote-listener.ts'

/** Obeys the supervisor until it sends `stop` or is gone. */
class Worker {
  readonly #runner = new ModuleRunner({
    onFile: (file, content) => this.#read({ file, ...content }),
    onLinked: () => this.#announceReads(),
  })
  readonly #listener = new RemoteListener((message) => this.#send(message))
  readonly #handoff = new ApplicationHandoff(this.#runner, this.#listener, {
    starting: () => this.#send({ type: 'starting' }),
    replaced: (code) => this.#send({ type: 'replaced', code }),
    failing: (error, replaced) =>
      this.#send({ type: 'failing', problem: this.#describe(error, 'run'), replaced }),
    ended: (code, error) => {
      const problem = error === undefined ? undefined : this.#describe(error, 'run')
      this.#send({ type: 'ended', code, ...(problem && { problem }) })
    },
  })
  readonly #garbage = new IdleGarbageCollector()
  #load: LoadOptions | undefined
  /** The files that were read and not reported yet. */
  #unreported: Array<Omit<ReadFile, 'serves'>> = []
  /** The files that were read at any time. */
  readonly #announced = new Set<string>()
  #page: ErrorPage | undefined
  /** The application files of the last report. */
  #reportedFiles = ''
  #attempt = 0
  /** Reports the application that has just begun to serve. */
  #pendingReport: (() => void) | undefined
  #stopping = false
  /** Ends this process, also while an import is under way, whose own calls of `process.exit()` throw. */
  /** The reason of the last rejection that nothing awaits. */
  #unawaited: { readonly error: unknown } | undefined
  readonly #exit = process.exit.bind(process)

  start(): void {
    // The supervisor ended before this process could notice.
    if (!process.connected)
      process.exit(1)
      // Since Node 22.
    ;(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.()
    surviveLostReader()
    observeWrites((activity) => this.#send({ type: 'activity', activity }))
    mapStackTraces(this.#runner)
    serveToNode(this.#runner)
    closeDebuggerAtExit()
    process.on('message', (message: SupervisorMessage, handle: unknown) => void this.#obey(message, handle))
    process.on('disconnect', () => void this.#stop('the supervisor is gone'))
    // A key press in a terminal signals the whole group; the supervisor decides on its meaning.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {})
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => this.#fatal(error, event))
    }
    this.#send({ type: 'online' })
  }

  async #obey(message: SupervisorMessage, handle: unknown): Promise<void> {
    // The report of one application is sent before the next attempt begins.
    this.#pendingReport?.()
    switch (message.type) {
      case 'adopt':
        return adopt(message)
      case 'prepare':
        return this.#prepare(message)
      case 'boot':
        // Before the first attempt of a supervisor no process of it has opened the debugger.
        await this.#use(message.load, message.attempt > 1)
        return this.#next(message)
      case 'swap':
        if (!this.#runner.canReplace(message.changed))
          return this.#send({ type: 'irreplaceable', attempt: message.attempt })
        if (message.pathsChanged) this.#runner.forgetPaths()
        return this.#next(message)
      case 'page':
        return this.#show(message)
      case 'bound':
        return this.#listener.answer(message, handle)
      case 'close':
        // The error page gives way to the application that asks for its port at another address.
        this.#closePage()
        return this.#listener.close(message.id)
      case 'inspect':
        if (message.open) return openDebugger(this.#load?.inspect ?? '', true)
        return closeDebugger()
      case 'stop':
        // A process that a debugger has paused does not answer.
        this.#send({ type: 'pong' })
        if (message.alone) this.#listener.own()
        return this.#stop(message.reason)
      case 'ping':
        return this.#send({ type: 'pong' })
    }
  }

  async #prepare({
    files,
    externals,
    tsconfig,
    inlineMaps,
  }: Extract<SupervisorMessage, { type: 'prepare' }>): Promise<void> {
    this.#runner.transformer.inlineMaps = inlineMaps
    this.#runner.useTsconfig(tsconfig)
    for (const [file, source] of files) {
      try {
        this.#runner.prepare(file, source)
      } catch {
        // It is compiled again when it is needed, and fails there.
      }
    }
    await Promise.allSettled(externals.map((url) => this.#runner.external(url).evaluate()))
    this.#send({ type: 'prepared' })
    this.#garbage.schedule()
  }

  async #use(load: LoadOptions, movesDebugger = true): Promise<void> {
    this.#load = load
    process.emit(WATCH_PARENT as never)
    this.#handoff.use(load)
    this.#runner.importTimeout = load.importTimeout
    this.#runner.useTsconfig(load.tsconfig)
    // The program is the entry, as under Node, and `ps` shows it instead of the command line of this process.
    process.argv[1] = load.entry
    process.title = `myfy ${path.relative(process.cwd(), load.entry) || load.entry}`
    if (load.inspect === undefined) return
    await openDebugger(load.inspect, movesDebugger)
  }

  async #next({ attempt, changed }: { attempt: number; changed: readonly string[] }): Promise<void> {
    this.#attempt = attempt
    this.#garbage.cancel()
    this.#send({ type: 'accepted', attempt })
    // If the event loop was blocked, a `stop` may have arrived together with this message.
    await undefined
    if (this.#stopping) return
    try {
      const application = await this.#handoff.next(changed)
      if (application === 'cancelled') return
      if (application === 'irreplaceable') return this.#send({ type: 'irreplaceable', attempt })
      this.#closePage()
      const report = () => {
        if (this.#pendingReport !== report) return
        this.#pendingReport = undefined
        this.#ready(application, attempt)
      }
      this.#pendingReport = report
      await afterPausedRequests()
      report()
    } catch (error) {
      this.#fail(error, 'start', attempt)
    }
  }

  #ready(application: Application, attempt: number): void {
    this.#garbage.schedule()
    this.#send({
      type: 'ready',
      attempt,
      loaded: this.#takeUnreported(),
      ...this.#changedFiles(),
      urls: this.#handoff.urls,
      exclusive: application.modules.some((module) => module.exclusive === true),
      heap: v8.getHeapStatistics().used_heap_size,
    })
  }

  #fail(error: unknown, phase: 'start' | 'run', attempt: number): void {
    this.#reportLoaded()
    channel('myfy:load.failed').publish({})
    const missing = error instanceof ImportError ? error.missing : []
    const { configs, links } = this.#runner
    const problem = this.#describe(error, phase)
    this.#send({ type: 'failed', attempt, problem, missing, configFiles: { configs, links } })
  }

  /** Hundreds of paths are sent only when they differ from the last ones. */
  #changedFiles(): { applicationFiles?: ApplicationFiles } {
    const { files, externals, links, configs } = this.#runner
    const applicationFiles = { files, externals, links, configs }
    const key = Object.values(applicationFiles).flat(2).join('\n')
    if (key === this.#reportedFiles) return {}
    this.#reportedFiles = key
    return { applicationFiles }
  }

  async #show({ problem, address, load }: Extract<SupervisorMessage, { type: 'page' }>): Promise<void> {
    await this.#use(load)
    if (this.#page) return this.#page.show(problem)
    const page = new ErrorPage(problem)
    this.#page = page
    await page.listen(await this.#listener.acquireForPage(address)).catch(() => {})
  }

  #closePage(): void {
    this.#page?.close()
    this.#page = undefined
  }

  async #stop(reason: string): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#listener.cancel()
    this.#listener.whenReleased(() => this.#send({ type: 'released' }))
    const [code] = await Promise.all([this.#handoff.stop(reason), this.#page?.end()])
    process.exitCode = code
    if (process.connected) process.disconnect?.()
    this.#exit(code)
  }

  #fatal(error: unknown, event: 'uncaughtException' | 'unhandledRejection'): void {
    if (event === 'unhandledRejection') this.#unawaited = { error }
    if (!this.#handoff.fail(error)) this.#fail(error, 'run', this.#attempt)
  }

  #describe(error: unknown, phase: 'start' | 'run'): Problem {
    const sourceOf = (file: string) => this.#runner.compiled(file)?.source
    const problem = describeProblem(error, phase, sourceOf, this.#handoff.newest)
    const isUnawaited = this.#unawaited !== undefined && this.#unawaited.error === error
    return isUnawaited ? { ...problem, unawaited: true } : problem
  }

  #read(file: Omit<ReadFile, 'serves'>): void {
    if (this.#unreported.push(file) > 1) return
    // A file that a handler imports has no `ready` with which it would be reported.
    setImmediate(() => {
      if (!this.#handoff.busy && !this.#pendingReport) this.#reportLoaded()
    })
  }

  /** Names the files that the supervisor does not know, so that it sees them repaired if their code never pauses. */
  #announceReads(): void {
    const files = this.#unreported.flatMap(({ file, hash }) => {
      if (this.#announced.has(file)) return []
      this.#announced.add(file)
      return [{ file, hash }]
    })
    if (files.length > 0) this.#send({ type: 'reading', files })
  }

  #reportLoaded(): void {
    if (this.#unreported.length === 0) return
    const files = this.#takeUnreported()
    // The supervisor adds these to the application. The next one may be without them.
    if (files.some(({ serves }) => serves)) this.#reportedFiles = ''
    this.#send({ type: 'loaded', files })
  }

  #takeUnreported(): ReadFile[] {
    const files = this.#unreported.splice(0)
    return files.map((file) => ({ ...file, serves: this.#runner.serves(file.file, file.hash) }))
  }

  #send(message: WorkerMessage): void {
    if (process.connected) process.send!(message)
  }
}

function adopt({ env, args }: Extract<SupervisorMessage, { type: 'adopt' }>): void {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args)
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete process.env[name]
    else process.env[name] = value
  }
}

new Worker().start()
