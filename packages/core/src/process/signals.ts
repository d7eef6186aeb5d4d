// Signals, fatal errors and exits of this process. One registry serves all applications of the process.

import { cutStack } from '../runtime/error-text.ts'
import { processStatus } from '../runtime/parent-processes.ts'
import { surviveLostReader } from '../runtime/process-exit.ts'
import { coverInterruptEcho } from '../runtime/process-signals.ts'
import type { Cancel } from './clock.ts'

/** Receives what happens to the process. */
export interface ProcessListener {
  /** Receives a signal, or `disconnect` when the primary process of a cluster has disconnected this one. */
  signal(signal: string): void
  /** Receives an error that was not caught. */
  fatal(source: 'uncaughtException' | 'unhandledRejection', error: unknown): void
  /** Receives a call of `process.exit`. It is deferred while this application stops. */
  exit(code: unknown, stack: string, deferred: boolean): void
  /** True if `process.exit` must wait for this application to stop. */
  readonly stopping: boolean
}

/**
 * The source of the signals that stop an application:
 * `true` is the process, `false` none; a list names signals of the process in addition to the default ones;
 * a function delivers them itself and returns the function that ends that.
 */
export type SignalSource =
  | boolean
  | readonly NodeJS.Signals[]
  | ((deliver: (signal: NodeJS.Signals) => void) => Cancel)

const isWindows = process.platform === 'win32'
const defaultSignals: readonly NodeJS.Signals[] = isWindows
  ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP']
  : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** The registry of the process. Two copies of this package share it, as they share the process. */
const registryKey = Symbol.for('myfy.signals')

/** The number of runs that have begun in this process. */
const runsKey = Symbol.for('myfy.runs')

/** The ends of the process that ended applications have scheduled. Another run cancels them. */
const endingsKey = Symbol.for('myfy.endings')

type Holder = { [registryKey]?: ProcessRegistry; [runsKey]?: number; [endingsKey]?: Cancel[] }

/** Adds a listener; returns the function that removes it. */
export function listenToProcess(listener: ProcessListener, source: SignalSource = true): Cancel {
  const holder = process as Holder
  holder[runsKey] = runsBegun() + 1
  for (const cancel of holder[endingsKey]?.splice(0) ?? []) cancel()
  holder[registryKey] ??= new ProcessRegistry(() => {
    delete holder[registryKey]
  })
  return holder[registryKey].add(listener, source)
}

/** Returns the number of runs that have begun in this process. */
export function runsBegun(): number {
  return (process as Holder)[runsKey] ?? 0
}

/** Calls a function when the next application runs in this process: the process does not end with this one. */
export function onNextRun(cancel: Cancel): void {
  const holder = process as Holder
  holder[endingsKey] ??= []
  holder[endingsKey].push(cancel)
}

/** Returns the number of applications that run in this process. */
export function applicationsRunning(): number {
  return (process as Holder)[registryKey]?.size ?? 0
}

class ProcessRegistry {
  readonly #listeners = new Set<ProcessListener>()
  readonly #empty: () => void
  readonly #cleanup: Cancel[] = []

  constructor(empty: () => void) {
    this.#empty = empty
  }

  get size(): number {
    return this.#listeners.size
  }

  add(listener: ProcessListener, source: SignalSource): Cancel {
    if (this.#listeners.size === 0) this.#install()
    this.#listeners.add(listener)
    const removeSignals = this.#addSignals(listener, source)
    return () => {
      removeSignals()
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      for (const undo of this.#cleanup.splice(0)) undo()
      this.#empty()
    }
  }

  #addSignals(listener: ProcessListener, source: SignalSource): Cancel {
    if (source === false) return () => {}
    const deliver = (signal: string) => listener.signal(signal)
    if (typeof source === 'function') return source(deliver)
    const asked = source === true ? [] : source
    const cleanup = [...new Set([...defaultSignals, ...nodemonSignal(), ...asked])].map((signal) =>
      prepend(signal, () => {
        coverInterruptEcho(signal)
        deliver(signal)
      }),
    )
    // PM2 on Windows, which has no signals, and with `shutdown_with_message`.
    if (process.send && (isWindows || process.env.pm_id !== undefined)) {
      cleanup.push(prepend('message', (message) => void (message === 'shutdown' && deliver('SIGINT'))))
    }
    // The primary of a node:cluster has called `worker.disconnect()`, or is gone.
    if (process.connected && isClusterWorker())
      cleanup.push(prepend('disconnect', () => deliver('disconnect')))
    return () => {
      for (const undo of cleanup) undo()
    }
  }

  #install(): void {
    for (const source of isRejectionFatal()
      ? (['uncaughtException', 'unhandledRejection'] as const)
      : (['uncaughtException'] as const)) {
      this.#cleanup.push(prepend(source, (error) => this.#each((listener) => listener.fatal(source, error))))
    }
    // A reader of the output that goes away must end neither the service nor its stop.
    surviveLostReader()
    this.#guardExit()
  }

  #each(call: (listener: ProcessListener) => void): void {
    for (const listener of [...this.#listeners]) call(listener)
  }

  // During a stop, process.exit would cut work that was accepted: the exit waits for the stop.
  #guardExit(): void {
    const exit = process.exit
    const guarded = (code?: number | string | null): void => {
      const trace = { stack: '' }
      Error.captureStackTrace(trace, guarded)
      const stack = cutStack(trace.stack.split('\n').slice(1).join('\n'))
      const stopping = [...this.#listeners].filter((listener) => listener.stopping)
      if (stopping.length === 0) {
        this.#each((listener) => listener.exit(code, stack, false))
        exit.call(process, code)
      }
      for (const listener of stopping) listener.exit(code ?? process.exitCode, stack, true)
    }
    // The guard returns during a stop, which the type of process.exit excludes.
    process.exit = guarded as typeof process.exit
    this.#cleanup.push(() => {
      if (process.exit === (guarded as typeof process.exit)) process.exit = exit
    })
  }
}

function isClusterWorker(): boolean {
  // The types describe the import of the module, which has the cluster as its default.
  const cluster: unknown = process.getBuiltinModule('node:cluster')
  return (cluster as { readonly isWorker: boolean }).isWorker
}

/** Adds a listener before all others: a listener of the user that calls process.exit must find the exit guarded. */
function prepend(event: string, handler: (value: unknown) => void): Cancel {
  process.prependListener(event as 'message', handler)
  return () => process.off(event, handler)
}

/** `--unhandled-rejections=warn` and `none` ask Node.js to continue after a rejection that is not handled. */
function isRejectionFatal(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return !/--unhandled-rejections[= ](warn|none)\b(?!-with-error-code)/.test(flags)
}

/** nodemon restarts with SIGUSR2. Without nodemon the signal belongs to profilers and `--heapsnapshot-signal`. */
function nodemonSignal(): readonly NodeJS.Signals[] {
  return !isWindows && process.env.npm_lifecycle_script?.includes('nodemon') ? ['SIGUSR2'] : nodemonParent()
}

function nodemonParent(): readonly NodeJS.Signals[] {
  if (process.platform !== 'linux') return []
  const { readFileSync } = process.getBuiltinModule('node:fs')
  try {
    let pid = process.ppid
    // nodemon may start the program through a shell.
    for (let generation = 0; generation < 2 && pid > 1; generation++) {
      if (/\bnodemon\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) return ['SIGUSR2']
      pid = processStatus(pid)?.parent ?? 0
    }
  } catch {
    // The parent is gone or not visible.
  }
  return []
}
