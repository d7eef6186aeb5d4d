// The applications of one process: the next one starts beside the running one and takes its place.

import {
  type Application,
  type ExitCode,
  type InheritedListener,
  type RunOptions,
  traceChannel,
  traced,
} from '@myfy/core'
import { StoppedAtStartError } from '../errors.ts'
import { findApplication } from '../find-application.ts'
import type { LoadOptions } from '../protocol.ts'
import type { ModuleRunner } from '../runner/module-runner.ts'
import { rejectExit, StartAttempt } from './start-attempt.ts'

/** The longest pause of requests for the new code, in ms. After it the running application answers them. */
const MAX_PAUSE_MS = 1_000
/** The time for an entry that exports nothing to call `app.run()`, in ms. */
const RUN_TIMEOUT_MS = 3_000

/** Grants listening handles, and receives the name of the transport that asks next. */
export interface HandoffSockets extends InheritedListener {
  starting?(transport: string): void
}

/** Receives the ends of applications. */
export interface HandoffListener {
  /** The first application begins to start. */
  starting(): void
  /** An application that was replaced has stopped. */
  replaced(code: ExitCode): void
  /** An application that served has a fatal error, because of which it stops; `replaced`: another one serves. */
  failing(error: unknown, replaced: boolean): void
  /** The running application has ended by itself. */
  ended(code: ExitCode, error: unknown): void
}

/**
 * The application that serves now; `cancelled` by a newer attempt; or `irreplaceable` if only another process can run the
 * new code. That code may name the application that runs, which it keeps outside of its modules, for example on
 * `globalThis`; or a start that was cancelled does not end.
 */
export type HandoffResult = Application | 'cancelled' | 'irreplaceable'

/** An application that serves. */
interface RunningApplication {
  readonly application: Application
  urls: readonly string[]
  /** Resolves when it has stopped. */
  readonly stopped: Promise<ExitCode>
  /** The fatal error that ended it. */
  error?: unknown
  stopRequested: boolean
}

/** Hands over from one application to the next. */
export class ApplicationHandoff {
  readonly #runner: ModuleRunner
  readonly #listener: HandoffSockets
  readonly #events: HandoffListener
  #load: LoadOptions | undefined
  #running: RunningApplication | undefined
  #attempt: StartAttempt | undefined
  /** Resolves when the attempts that were cancelled have released what the next one needs. */
  #cancelled: Promise<unknown> = Promise.resolve()
  /** True if a cancelled start has not ended, and owns what the next one needs. */
  #isUnreleased = false
  #newest: Application | undefined
  /** Applications that still answer what they accepted: replaced ones, and those that took the socket and did not serve. */
  readonly #stopping = new Set<Promise<ExitCode>>()

  constructor(runner: ModuleRunner, listener: HandoffSockets, events: HandoffListener) {
    this.#runner = runner
    this.#listener = listener
    this.#events = events
  }

  /** The URLs of the running application. */
  get urls(): readonly string[] {
    return this.#running?.urls ?? []
  }

  /** True while an attempt is under way. */
  get busy(): boolean {
    return this.#attempt !== undefined
  }

  /** The newest application that was found, which may have failed. */
  get newest(): Application | undefined {
    return this.#newest
  }

  /** Sets what the next attempts load. */
  use(load: LoadOptions): void {
    this.#load = load
  }

  /**
   * Loads the next application and hands over to it. The running one serves until then, and on if this fails. A new
   * call cancels the attempt under way.
   *
   * @returns the application that serves now
   * @throws the error of the new code
   */
  next(changed: Iterable<string>): Promise<HandoffResult> {
    const files = [...changed]
    // The first application starts; it reloads nothing.
    if (!this.#running) return this.#next(files)
    return traced(traceChannel('reload'), { files }, () => this.#next(files))
  }

  async #next(changed: readonly string[]): Promise<HandoffResult> {
    const load = this.#load!
    const attempt = new StartAttempt()
    const former = this.#attempt
    this.#attempt = attempt
    // One that a former attempt waits for is not released yet.
    this.#cancelled = Promise.all([this.#cancelled, former && this.#cancel(former)])
    await this.#cancelled
    if (attempt.cancelled) return 'cancelled'
    if (this.#isUnreleased) return 'irreplaceable'
    const modules = this.#runner.beginLoad(changed)
    const during = [rejectExit(), this.#pauseRequests()]
    try {
      const found = await findApplication(() => modules.run(load.entry), load.entry, {
        exportName: load.exportName,
        runTimeout: RUN_TIMEOUT_MS,
      })
      found.release()
      if (attempt.cancelled) {
        modules.discard()
        return 'cancelled'
      }
      if (found.application === this.#running?.application) {
        modules.discard()
        return 'irreplaceable'
      }
      attempt.application = found.application
      if (this.#newest === undefined) this.#events.starting()
      this.#newest = found.application
      const running = await this.#start(found.application, found.options.transport, attempt)
      modules.commit(load.entry)
      void running.stopped.then((code) => found.settle(code))
      this.#promote(running)
      return running.application
    } catch (error) {
      modules.discard()
      if (attempt.cancelled) return 'cancelled'
      void attempt.cancel('it does not start')
      throw error
    } finally {
      if (attempt.listening && attempt.stopped) this.#awaitEnd(attempt.stopped)
      attempt.settle()
      for (const one of during) one[Symbol.dispose]()
      if (this.#attempt === attempt) this.#attempt = undefined
    }
  }

  /** Stops all applications. Resolves to the exit code of the one that served. */
  async stop(reason: string): Promise<ExitCode> {
    const starting = this.#attempt?.application
    await this.#attempt?.cancel(reason)
    const running = this.#running
    if (running) running.stopRequested = true
    const main = (running?.application ?? starting)?.stop(reason)
    const [code] = await Promise.all([main ?? 0, starting?.stop(reason), ...this.#stopping])
    return code
  }

  /** Ends an application because of a fatal error of the process. Returns false if there is none. */
  fail(error: unknown): boolean {
    if (this.#attempt) {
      this.#attempt.reject(error)
      return true
    }
    if (!this.#running) return false
    this.#running.application.fail(error)
    return true
  }

  async #cancel(attempt: StartAttempt): Promise<void> {
    await attempt.cancel('a newer version replaces it')
    this.#isUnreleased ||= !(await attempt.isReleased())
  }

  async #start(
    application: Application,
    transport: RunOptions['transport'],
    attempt: StartAttempt,
  ): Promise<RunningApplication> {
    const running = { application, urls: [], stopRequested: false } as Omit<RunningApplication, 'stopped'>
    const options = {
      signals: false,
      predecessor: this.#running?.application,
      inherited: this.#listener,
      lifecycleLog: this.#load?.lifecycleLog,
      ...(transport && { transport }),
    }
    let stopped!: Promise<ExitCode>
    let served = false
    await new Promise<void>((resolve, reject) => {
      attempt.reject = reject
      const unsubscribe = [
        application.on('ready', (event) => {
          running.urls = event.urls
          served = true
          resolve()
        }),
        application.on('hook.starting', ({ phase, owner }) => {
          if (phase !== 'listen') return
          attempt.listening = true
          this.#listener.starting?.(owner)
        }),
        // A cancelled start has given the socket back before it stops.
        application.on('state', ({ to }) => {
          if (attempt.cancelled && (to === 'draining' || to === 'stopping')) reject(undefined)
        }),
        application.on('failed', (event) => reject(event.error)),
        application.on('fatal', ({ error }) => {
          running.error ??= error
          reject(error)
          if (served) this.#events.failing(error, running.stopRequested)
        }),
      ]
      stopped = application.runUnsupervised(options)
      stopped.then((code) => reject(new StoppedAtStartError(code)), reject)
      void Promise.allSettled([stopped]).then(() => unsubscribe.forEach((end) => void end()))
    })
    return Object.assign(running, { stopped })
  }

  /** Holds back requests, which meet the new code if that serves soon. */
  #pauseRequests(): Disposable {
    const transports = this.#running?.application.transports ?? []
    const resumes = transports.flatMap((transport) => transport.pause?.() ?? [])
    const resume = () => {
      clearTimeout(timer)
      for (const one of resumes.splice(0)) one()
    }
    const timer = setTimeout(resume, MAX_PAUSE_MS)
    return { [Symbol.dispose]: resume }
  }

  #promote(next: RunningApplication): void {
    const former = this.#running
    this.#running = next
    void next.stopped.then((code) => {
      if (next.stopRequested) return
      this.#running = undefined
      this.#events.ended(code, next.error)
    })
    if (former) this.#stopReplaced(former)
  }

  #stopReplaced(former: RunningApplication): void {
    former.stopRequested = true
    // One turn after the report of its successor, which the author waits for.
    const stopped = afterPausedRequests(5).then(() => former.application.stop('replaced'))
    this.#awaitEnd(
      stopped.then((code) => {
        this.#events.replaced(code)
        return code
      }),
    )
  }

  /** Has the process wait for the end of an application that does not serve, and may have accepted requests. */
  #awaitEnd(stopped: Promise<ExitCode>): void {
    this.#stopping.add(stopped)
    void stopped.then(() => this.#stopping.delete(stopped))
  }
}

/**
 * Resolves when the requests that were held back have had the event loop for themselves: accepting a connection,
 * reading from it and answering take a turn each.
 */
export async function afterPausedRequests(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
