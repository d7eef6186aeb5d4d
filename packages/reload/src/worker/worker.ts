// The process that runs the application. Started by the supervisor; never imported by anybody.

import inspector from 'node:inspector'
import nodeModule from 'node:module'
import type { Application } from '@myfy/core'
import { ImportError } from '../errors.ts'
import { describeProblem } from '../problem.ts'
import type { ApplicationFiles, LoadOptions, SupervisorMessage, WorkerMessage } from '../protocol.ts'
import { ModuleRunner } from '../runner/module-runner.ts'
import { mapStackTraces } from '../runner/stack-trace.ts'
import { ApplicationHandoff, afterPausedRequests } from './application-handoff.ts'
import { ErrorPage } from './error-page.ts'
import { IdleGarbageCollector } from './idle-gc.ts'
import { RemoteListener } from './remote-listener.ts'

type LoadedFile = Extract<WorkerMessage, { type: 'loaded' }>['files'][number]

/** Serves the supervisor until it says stop or is gone. */
class Worker {
  readonly #runner = new ModuleRunner({
    onFile: (file, { hash, source }) => this.#loaded(file, hash, source),
  })
  readonly #listener = new RemoteListener((report) => this.#send(report))
  readonly #succession = new ApplicationHandoff(this.#runner, this.#listener, {
    replaced: (code) => this.#send({ type: 'replaced', code }),
    ended: (code, error) =>
      this.#send({
        type: 'ended',
        code,
        ...(error !== undefined && { problem: this.#problem(error, 'run') }),
      }),
  })
  #fresh: LoadedFile[] = []
  #page: ErrorPage | undefined
  #told = ''
  #attempt = 0
  readonly #sweep = new IdleGarbageCollector()
  /** Tells of the application that has just begun to serve. */
  #report: (() => void) | undefined
  #stopping = false

  start(): void {
    // The supervisor ended before anybody here could hear of it.
    if (!process.connected)
      process.exit(1)
      // Since Node 22.
    ;(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.()
    mapStackTraces(this.#runner)
    process.on('message', (order: SupervisorMessage, handle: unknown) => void this.#obey(order, handle))
    process.on('disconnect', () => void this.#stop('the supervisor is gone'))
    // A key press in the terminal reaches the whole group; the supervisor decides what it means.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => this.#fatal(error))
    }
    this.#send({ type: 'online' })
  }

  async #obey(order: SupervisorMessage, handle: unknown): Promise<void> {
    // What is left to tell of one application is told before the next one is begun.
    this.#report?.()
    switch (order.type) {
      case 'prepare':
        return this.#prepare(order.files, order.externals)
      case 'boot':
        this.#debug(order.load)
        this.#succession.use(order.load)
        return this.#next(order)
      case 'swap':
        if (order.paths) this.#runner.forgetPaths()
        return this.#next(order)
      case 'page':
        return this.#show(order)
      case 'bound':
        return this.#listener.answer(order, handle)
      case 'stop':
        return this.#stop(order.reason)
      case 'ping':
        return this.#send({ type: 'pong' })
    }
  }

  async #prepare(
    files: ReadonlyArray<readonly [string, string]>,
    externals: readonly string[],
  ): Promise<void> {
    for (const [file, source] of files) {
      try {
        this.#runner.prepare(file, source)
      } catch {
        // It is compiled again when it is needed, and fails there.
      }
    }
    await Promise.allSettled(externals.map((url) => this.#runner.external(url).evaluate()))
    this.#send({ type: 'prepared' })
  }

  async #next({ attempt, changed }: { attempt: number; changed: readonly string[] }): Promise<void> {
    this.#attempt = attempt
    this.#sweep.cancel()
    try {
      const application = await this.#succession.next(changed)
      if (!application) return
      this.#page?.close()
      this.#page = undefined
      const report = () => {
        if (this.#report !== report) return
        this.#report = undefined
        this.#ready(application, attempt)
      }
      this.#report = report
      await afterPausedRequests()
      report()
    } catch (error) {
      this.#fail(error, 'start', attempt)
    }
  }

  #ready(application: Application, attempt: number): void {
    this.#sweep.schedule()
    this.#flush()
    this.#send({
      type: 'ready',
      attempt,
      ...this.#changedFiles(),
      urls: this.#succession.urls,
      exclusive: application.modules.some((module) => module.exclusive === true),
      heap: process.memoryUsage().heapUsed,
    })
  }

  #fail(error: unknown, phase: 'start' | 'run', attempt: number): void {
    this.#flush()
    const missing = error instanceof ImportError ? error.missing : undefined
    this.#send({ type: 'failed', attempt, problem: this.#problem(error, phase), missing })
  }

  /** Hundreds of paths are told only when they are others. */
  #changedFiles(): { applicationFiles?: ApplicationFiles } {
    const { files, externals, transformer } = this.#runner
    const applicationFiles = { files, externals, configs: transformer.tsconfig.files }
    const key = [...files, ...externals, ...applicationFiles.configs].join('\n')
    if (key === this.#told) return {}
    this.#told = key
    return { applicationFiles }
  }

  async #show({ problem, address, load }: Extract<SupervisorMessage, { type: 'page' }>): Promise<void> {
    this.#succession.use(load)
    if (this.#page) return this.#page.show(problem)
    const page = new ErrorPage(problem)
    this.#page = page
    await page.listen(await this.#listener.acquire(address)).catch(() => {})
  }

  async #stop(reason: string): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#page?.close()
    this.#listener.whenReleased(() => this.#send({ type: 'released' }))
    const code = await this.#succession.stop(reason)
    process.exitCode = code
    if (process.connected) process.disconnect()
    process.exit(code)
  }

  #fatal(error: unknown): void {
    if (!this.#succession.fail(error)) this.#fail(error, 'run', this.#attempt)
  }

  #problem(error: unknown, phase: 'start' | 'run') {
    return describeProblem(error, phase, (file) => this.#runner.compiled(file)?.source)
  }

  #loaded(file: string, hash: string, source: string): void {
    if (this.#fresh.push({ file, hash, source }) > 1) return
    // What a handler imports later has no `ready` that would take it along.
    setImmediate(() => {
      if (!this.#succession.busy) this.#flush()
    })
  }

  #flush(): void {
    if (this.#fresh.length > 0) this.#send({ type: 'loaded', files: this.#fresh.splice(0) })
  }

  #debug({ inspect, importTimeout }: LoadOptions): void {
    Object.assign(this.#runner, { importTimeout })
    if (inspect === undefined) return
    const [port, host] = inspect.split(':').reverse()
    if (!inspector.url()) inspector.open(Number(port) || 9229, host)
    this.#runner.transformer.inlineMaps = true
  }

  #send(report: WorkerMessage): void {
    if (process.connected) process.send!(report)
  }
}

new Worker().start()
