// A process for tests: the test sends its signals and reads its end.

import type { Cancel } from '../process/clock.ts'
import type { Host } from '../process/host.ts'
import type { ProcessListener } from '../process/signals.ts'
import type { Watchdog } from '../process/watchdog.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Options of {@link TestHost}. */
export interface TestHostOptions {
  /** The environment variables. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The directory of env files. Default: a directory that does not exist. */
  readonly cwd?: string
  /** The source of time. Default: a new virtual clock. */
  readonly clock?: VirtualClock
}

const optionNames: OptionNames<TestHostOptions> = { env: true, cwd: true, clock: true }

/** A process that exists only in a test. `signal('SIGTERM')` sends a signal; `exitCode` is the code that it ended with. */
export class TestHost implements Host {
  readonly clock: VirtualClock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The exit code of the process; undefined before its end. */
  exitCode: number | undefined
  /** The time that open resources might have kept the process alive, in ms; 0 if it ended at once. */
  lingerMs: number | undefined
  /** True if the watchdog would have killed the process. */
  killed = false
  /** The notifications of the supervisor. */
  readonly notified: string[] = []
  readonly #listeners = new Set<ProcessListener>()
  readonly #endings: Cancel[] = []
  #keptAlive = 0
  #disarm: Cancel = () => {}

  constructor(options: TestHostOptions = {}) {
    assertKnownOptions('TestHost', options, optionNames)
    this.clock = options.clock ?? new VirtualClock()
    this.env = options.env ?? {}
    this.cwd = options.cwd ?? '/nonexistent'
  }

  /** Sends a signal; returns whether an application received it. */
  signal(signal: string): boolean {
    for (const listener of [...this.#listeners]) listener.signal(signal)
    return this.#listeners.size > 0
  }

  /** Raises an uncaught exception, or an unhandled rejection. */
  crash(error: unknown, source: 'uncaughtException' | 'unhandledRejection' = 'uncaughtException'): void {
    for (const listener of [...this.#listeners]) listener.fatal(source, error)
  }

  /** The number of applications that listen to the process. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** Reports whether an application keeps the process alive. */
  get isKeptAlive(): boolean {
    return this.#keptAlive > 0
  }

  listen(listener: ProcessListener): Cancel {
    for (const cancel of this.#endings.splice(0)) cancel()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  keepAlive(): Cancel {
    this.#keptAlive++
    return () => {
      this.#keptAlive--
    }
  }

  watchdog(): Watchdog {
    return {
      arm: (ms) => {
        this.#disarm()
        // The process is gone once it has ended.
        if (this.exitCode !== undefined) return
        this.#disarm = this.clock.after(
          ms,
          () => {
            this.killed = true
          },
          'deadline',
        )
      },
      disarm: () => this.#disarm(),
    }
  }

  onNextRun(cancel: Cancel): void {
    this.#endings.push(cancel)
  }

  notify(state: 'ready' | 'stopping'): void {
    this.notified.push(state)
  }

  end(code: number, lingerMs: number): void {
    this.exitCode = code
    this.lingerMs = lingerMs
    this.#disarm()
  }
}
