// One application after the other in one process: the next one starts beside the present one and takes its place.

import type { Application, ExitCode, InheritedListener, RunOptions } from '@myfy/core'
import { ExitAtImportError } from '../errors.ts'
import { findApplication } from '../find-application.ts'
import type { LoadOptions } from '../protocol.ts'
import type { ModuleRunner } from '../runner/module-runner.ts'

/** Longer than this nobody is kept waiting for the new code, in ms: the present application answers. */
const longestHold = 1_000

/** How long an entry that exports nothing may take until it calls `app.run()`, in ms. */
const RUN_TIMEOUT_MS = 3_000

/** What a succession tells. */
export interface HandoffListener {
  /** An application that was replaced has stopped. */
  replaced(code: ExitCode): void
  /** The present application ended without being asked to. */
  ended(code: ExitCode, error: unknown): void
}

/** An application that serves. */
interface RunningApplication {
  readonly application: Application
  urls: readonly string[]
  /** Resolves when it has stopped. */
  readonly stopped: Promise<ExitCode>
  /** Why it ended by itself, if it did. */
  error?: unknown
  /** Whether it was asked to stop. */
  stopRequested: boolean
}

/** The applications of this process: one that serves, one that tries to, and those that still answer old requests. */
export class ApplicationHandoff {
  readonly #runner: ModuleRunner
  readonly #listener: InheritedListener
  readonly #events: HandoffListener
  #load: LoadOptions | undefined
  #running: RunningApplication | undefined
  #attempt: StartAttempt | undefined
  readonly #stopping = new Set<Promise<ExitCode>>()

  constructor(runner: ModuleRunner, listener: InheritedListener, events: HandoffListener) {
    this.#runner = runner
    this.#listener = listener
    this.#events = events
  }

  /** The application that serves. */
  get application(): Application | undefined {
    return this.#running?.application
  }

  /** Where the present application can be reached. */
  get urls(): readonly string[] {
    return this.#running?.urls ?? []
  }

  /** Whether an attempt is under way. */
  get busy(): boolean {
    return this.#attempt !== undefined
  }

  /** What is loaded from now on. */
  use(load: LoadOptions): void {
    this.#load = load
    // As if the entry had been started by itself.
    process.argv.splice(1, Number.POSITIVE_INFINITY, load.entry, ...(load.args ?? []))
  }

  /**
   * Loads the next application and lets it take over. Until it serves, the present one does; if it fails, nothing
   * has changed. A new call gives up the attempt that is under way.
   *
   * @returns the application that serves now, or undefined if a newer attempt took over
   * @throws whatever the new code fails with
   */
  async next(changed: Iterable<string>): Promise<Application | undefined> {
    const load = this.#load!
    const attempt = new StartAttempt()
    const former = this.#attempt
    this.#attempt = attempt
    await former?.cancel()
    if (attempt.cancelled) return undefined
    const modules = this.#runner.beginLoad(changed)
    const around = [rejectExit(), this.#pauseRequests()]
    try {
      const found = await findApplication(() => modules.run(load.entry), load.entry, {
        exportName: load.exportName,
        runTimeout: RUN_TIMEOUT_MS,
      })
      found.release()
      if (attempt.cancelled) return undefined
      attempt.application = found.application
      const reign = await this.#start(found.application, found.options.transport, attempt)
      modules.commit(load.entry)
      const before = this.#running
      this.#running = reign
      void reign.stopped.then((code) => found.settle(code))
      this.#watch(reign)
      if (before) this.#stopReplaced(before)
      return reign.application
    } catch (error) {
      if (attempt.cancelled) return undefined
      void attempt.cancel()
      throw error
    } finally {
      attempt.settle()
      for (const one of around) one[Symbol.dispose]()
      if (this.#attempt === attempt) this.#attempt = undefined
    }
  }

  /** Stops everything; resolves to the exit code of the application that served. */
  async stop(reason: string): Promise<ExitCode> {
    const candidate = this.#attempt?.application
    await this.#attempt?.cancel()
    const present = this.#running
    if (present) present.stopRequested = true
    const main = (present?.application ?? candidate)?.stop(reason)
    const [code] = await Promise.all([main ?? 0, candidate?.stop(reason), ...this.#stopping])
    return code
  }

  /** A fatal error of this process. Says whether there is an application to end because of it. */
  fail(error: unknown): boolean {
    if (this.#attempt) {
      this.#attempt.fail(error)
      return true
    }
    if (!this.#running) return false
    this.#running.error = error
    this.#running.application.fail(error)
    return true
  }

  async #start(
    application: Application,
    transport: RunOptions['transport'],
    attempt: StartAttempt,
  ): Promise<RunningApplication> {
    const predecessor = this.#running?.application
    const reign: RunningApplication = {
      application,
      urls: [],
      stopped: undefined as never,
      stopRequested: false,
    }
    const options = {
      signals: false,
      predecessor,
      inherited: this.#listener,
      ...(transport && { transport }),
    }
    const serving = new Promise<void>((resolve, reject) => {
      const off = [
        application.on('ready', (event) => {
          reign.urls = event.urls
          resolve()
        }),
        application.on('transport.listening', () => {
          attempt.listening = true
        }),
        application.on('failed', (event) => reject(event.error)),
        application.on('fatal', (event) => {
          reign.error = event.error
          reject(event.error)
        }),
      ]
      attempt.reject = reject
      const stopped = application.runUnsupervised(options)
      Object.assign(reign, { stopped })
      stopped.then(
        (code) => reject(new Error(`the application stopped with code ${code} before it was ready`)),
        reject,
      )
      void Promise.allSettled([stopped]).then(() => off.forEach((end) => void end()))
    })
    await serving
    return reign
  }

  /** What arrives from now on meets the new code, if that is there soon. */
  #pauseRequests(): Disposable {
    const releases =
      this.#running?.application.transports.flatMap((transport) => transport.pause?.() ?? []) ?? []
    const release = () => {
      clearTimeout(timer)
      for (const one of releases.splice(0)) one()
    }
    const timer = setTimeout(release, longestHold)
    return { [Symbol.dispose]: release }
  }

  #watch(reign: RunningApplication): void {
    void reign.stopped.then((code) => {
      if (reign.stopRequested) return
      this.#running = undefined
      this.#events.ended(code, reign.error)
    })
  }

  #stopReplaced(reign: RunningApplication): void {
    reign.stopRequested = true
    // A turn later than the news of its successor goes out: that is waited for.
    const stopped = afterPausedRequests(5).then(() => reign.application.stop('replaced'))
    const gone = stopped.then((code) => {
      this.#stopping.delete(gone)
      this.#events.replaced(code)
      return code
    })
    this.#stopping.add(gone)
  }
}

/**
 * Resolves when the requests that waited for the new code have had the event loop for themselves. Accepting a
 * connection, reading from it and answering take a turn each.
 */
export async function afterPausedRequests(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** One try to put the next application in place. */
class StartAttempt {
  application: Application | undefined
  reject: (error: unknown) => void = () => {}
  /** It was given up. */
  cancelled = false
  /** It has the socket: there is no way back to the present application. */
  listening = false
  settle!: () => void
  readonly #settled = new Promise<void>((resolve) => {
    this.settle = resolve
  })

  /** It is not wanted any more: what it started stops. Resolves at once, or when it serves because it is too late. */
  cancel(): Promise<void> {
    if (this.listening) return this.#settled
    this.cancelled = true
    void this.application?.stop('a newer version is there')
    this.reject(new Error('superseded'))
    return Promise.resolve()
  }

  fail(error: unknown): void {
    this.reject(error)
  }
}

/** Code that ends the process while it is imported or started would take the good version with it. */
function rejectExit(): Disposable {
  const { exit } = process
  process.exit = ((code?: unknown) => {
    throw new ExitAtImportError(code)
  }) as typeof process.exit
  const forbidden = process.exit
  return {
    [Symbol.dispose]() {
      if (process.exit === forbidden) process.exit = exit
    },
  }
}
