// A process for tests: its signals come from the test, its end is data.

import type { Cancel } from '../process/clock.ts'
import type { Host } from '../process/host.ts'
import type { ProcessListener } from '../process/signals.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a {@link TestHost} is made with. */
export interface TestHostOptions {
  /** Environment variables. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where env files are looked for. Default: nowhere. */
  readonly cwd?: string
  /** Default: a new virtual clock. */
  readonly clock?: VirtualClock
}

/** A process that exists only in a test: `signal('SIGTERM')` sends, `exitCode` tells how it ended. */
export class TestHost implements Host {
  readonly clock: VirtualClock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The code the process would have ended with. */
  exitCode: number | undefined
  /** Whether it would have ended at once, not when idle. */
  exitedAtOnce = false
  /** Whether the watchdog would have killed it. */
  killed = false
  /** What was told to whoever supervises the process. */
  readonly notified: string[] = []
  readonly #listeners = new Set<ProcessListener>()
  #held = 0

  constructor(options: TestHostOptions = {}) {
    this.clock = options.clock ?? new VirtualClock()
    this.env = options.env ?? {}
    this.cwd = options.cwd ?? '/nonexistent'
  }

  /** Sends a signal; returns whether anybody listened. */
  signal(signal: string): boolean {
    for (const listener of [...this.#listeners]) listener.signal(signal)
    return this.#listeners.size > 0
  }

  /** Raises what the process would have seen as an uncaught exception. */
  crash(error: unknown, source: 'uncaughtException' | 'unhandledRejection' = 'uncaughtException'): void {
    for (const listener of [...this.#listeners]) listener.fatal(source, error)
  }

  /** How many applications listen to the process. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** Whether something keeps the process alive. */
  get held(): boolean {
    return this.#held > 0
  }

  listen(listener: ProcessListener): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  keepAlive(): Cancel {
    this.#held++
    return () => {
      this.#held--
    }
  }

  watchdog(ms: number): Cancel {
    return this.clock.after(ms, () => {
      this.killed = true
    })
  }

  notify(state: 'ready' | 'stopping'): void {
    this.notified.push(state)
  }

  end(code: number, at: 'once' | 'idle'): void {
    this.exitCode = code
    this.exitedAtOnce = at === 'once'
  }
}
