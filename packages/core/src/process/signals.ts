// Signals and fatal errors of this process: one registry however many applications run, gone when none does.

import type { Cancel } from './clock.ts'

/** What an application wants to hear of the process. */
export interface ProcessListener {
  /** A signal arrived. */
  signal(signal: string): void
  /** Nobody caught an error. */
  fatal(source: 'uncaughtException' | 'unhandledRejection', error: unknown): void
  /** Somebody called `process.exit` while this application stops. */
  exit(code: unknown, stack: string): void
  /** Whether a `process.exit` must wait. */
  readonly stopping: boolean
}

const names: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Where the registry hangs while there is one: two copies of this package must share it as they share the process. */
const key = Symbol.for('myfy.signals')

/** How many runs have begun in this process. */
const begun = Symbol.for('myfy.runs')

type Holder = { [key]?: SignalRegistry; [begun]?: number }

/** Begins to listen; what it returns ends it. */
export function listenToProcess(listener: ProcessListener): Cancel {
  const holder = process as Holder
  holder[begun] = runsBegun() + 1
  holder[key] ??= new SignalRegistry(() => {
    delete holder[key]
  })
  return holder[key].add(listener)
}

/** How many applications have begun to run in this process so far. */
export function runsBegun(): number {
  return (process as Holder)[begun] ?? 0
}

/** Whether an application runs in this process now. */
export function isAnyRunning(): boolean {
  return (process as Holder)[key] !== undefined
}

class SignalRegistry {
  readonly #listeners = new Set<ProcessListener>()
  readonly #empty: () => void
  readonly #undo: Cancel[] = []

  constructor(empty: () => void) {
    this.#empty = empty
  }

  add(listener: ProcessListener): Cancel {
    if (this.#listeners.size === 0) this.#install()
    this.#listeners.add(listener)
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      for (const undo of this.#undo.splice(0)) undo()
      this.#empty()
    }
  }

  #install(): void {
    // First in the row: a foreign handler that calls process.exit must find the exit guarded already.
    for (const name of names) this.#on(name, () => this.#each((listener) => listener.signal(name)))
    for (const source of ['uncaughtException', 'unhandledRejection'] as const) {
      this.#on(source, (error: unknown) => this.#each((listener) => listener.fatal(source, error)))
    }
    // PM2 on Windows, where there are no signals, and with `shutdown_with_message`.
    if (process.send && (process.platform === 'win32' || process.env.pm_id !== undefined)) {
      this.#on('message', (message: unknown) => {
        if (message === 'shutdown') this.#each((listener) => listener.signal('SIGINT'))
      })
    }
    this.#guardOutput()
    this.#guardExit()
  }

  #on(event: string, handler: (value: unknown) => void): void {
    process.prependListener(event as 'message', handler)
    this.#undo.push(() => process.off(event, handler))
  }

  #each(tell: (listener: ProcessListener) => void): void {
    for (const listener of [...this.#listeners]) tell(listener)
  }

  // A reader of our output that goes away (`| head`) must not end a service, nor the last steps of its stop.
  #guardOutput(): void {
    for (const stream of [process.stdout, process.stderr]) {
      // It stays: the error of the very last line comes when the run is already over.
      if (!stream.listeners('error').includes(ignoreBrokenPipe)) stream.on('error', ignoreBrokenPipe)
    }
  }

  // While an application stops, process.exit would cut what it has promised to finish: the exit follows the stop.
  #guardExit(): void {
    const exit = process.exit
    const guarded = (code?: number | string | null): void => {
      const stopping = [...this.#listeners].filter((listener) => listener.stopping)
      if (stopping.length === 0) exit.call(process, code)
      const stack = new Error('process.exit').stack?.split('\n').slice(2).join('\n') ?? ''
      for (const listener of stopping) listener.exit(code, stack)
    }
    // It returns while the stop goes on, which the type of process.exit excludes.
    process.exit = guarded as typeof process.exit
    this.#undo.push(() => {
      if (process.exit === (guarded as typeof process.exit)) process.exit = exit
    })
  }
}

/** The reader went away, or the terminal was closed. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
