// The fault matrix: every phase × every fault × no signal, one, two. Time is virtual, so that a cell which would take
// minutes takes milliseconds.

import type { Application } from '../application/application.ts'
import { consoleLogger } from '../events/console-logger.ts'
import type { LifecycleEvent } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import { defineModule } from '../modules/base-module.ts'
import type { Module } from '../modules/module.ts'
import type { StartContext } from '../modules/module-context.ts'
import type { ApplicationOptions, Hook } from '../phases/options.ts'
import type { Clock } from '../process/clock.ts'
import { ExitCode, signalExitCode } from '../runtime/process-exit.ts'
import { TestHost } from './test-host.ts'

/** The phases in which the user's code runs. `task` is a background task, `run` any code while the application runs. */
export const faultPhases = [
  'configure',
  'extend',
  'finalize',
  'onStartup',
  'lifespan up',
  'start',
  'ready',
  'task',
  'run',
  'drain',
  'stop',
  'lifespan down',
  'onShutdown',
] as const

/**
 * The faults. `slow` succeeds after 2 s; `rejects late` rejects long after it was abandoned; `acquires late` succeeds
 * long after it was abandoned, and what it has acquired must be released.
 */
export const faults = ['throws', 'rejects', 'hangs', 'slow', 'rejects late', 'acquires late'] as const

/** A phase of the matrix. */
export type FaultPhase = (typeof faultPhases)[number]

/** A fault of the matrix. */
export type Fault = (typeof faults)[number]

/** The options of an application of the matrix: spread them into its own. */
export interface FaultyOptions extends Pick<ApplicationOptions, 'host' | 'logger' | 'lifespan'> {
  readonly host: TestHost
  /** A logger that writes nothing. */
  readonly logger: Logger
  readonly modules: readonly Module[]
  readonly onStartup: readonly Hook[]
  readonly onShutdown: readonly Hook[]
}

/** One cell of the matrix. */
export interface FaultCell {
  readonly phase: FaultPhase
  readonly fault: Fault
  readonly signals: 0 | 1 | 2
  /** `start hangs, one signal`. */
  readonly name: string
  /** Runs the application with the fault. */
  run(): Promise<FaultReport>
}

/** The result of a cell. */
export interface FaultReport {
  readonly code: number
  readonly expectedCode: number
  /** Virtual time from the first signal (or the stop, or the failure) to the end, in ms. */
  readonly stopMs: number
  readonly events: readonly LifecycleEvent[]
  /** The violations of the lifecycle's contract; empty if there are none. */
  readonly problems: readonly string[]
}

/**
 * Creates the matrix for an application.
 *
 * @param create creates a new application with the faulty parts that it receives
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { faultMatrix } from '@myfy/core/testing'
 *
 * for (const cell of faultMatrix((faulty) => new Application({ ...faulty }))) {
 *   const { problems } = await cell.run()
 *   if (problems.length > 0) throw new Error(`${cell.name}: ${problems.join('; ')}`)
 * }
 * ```
 */
export function faultMatrix(
  create: (faulty: FaultyOptions) => Application<never> | Application,
): readonly FaultCell[] {
  const cells: FaultCell[] = []
  for (const phase of faultPhases) {
    for (const fault of faults) {
      for (const signals of [0, 1, 2] as const) {
        if (!isPossible(phase, fault, signals)) continue
        const name = `${phase} ${fault}, ${['no signal', 'one signal', 'two signals'][signals]}`
        cells.push({ phase, fault, signals, name, run: () => runCell(create, phase, fault, signals) })
      }
    }
  }
  return cells
}

function isPossible(phase: FaultPhase, fault: Fault, signals: number): boolean {
  const isDeath = fault === 'throws' || fault === 'rejects'
  if (fault === 'acquires late') return phase === 'lifespan up' || phase === 'start'
  // Before a signal the application has died already.
  if (phase === 'task' && isDeath) return signals === 0
  return phase !== 'run' || (isDeath && signals === 0)
}

async function runCell(
  create: Parameters<typeof faultMatrix>[0],
  phase: FaultPhase,
  fault: Fault,
  signals: number,
): Promise<FaultReport> {
  const host = new TestHost()
  const calls = new Map<string, number>()
  let stopAt: number | undefined
  const send = () => {
    if (signals === 0) return
    stopAt = host.clock.now()
    host.signal('SIGINT')
    if (signals === 2) host.clock.after(1_000, () => host.signal('SIGINT'))
  }
  const inStart = isStartPhase(phase)
  const hook = (which: FaultPhase) => (): unknown => {
    calls.set(which, (calls.get(which) ?? 0) + 1)
    if (which !== phase) return undefined
    if (inStart) send()
    return misbehave(fault, host.clock)
  }
  let isReady = () => {}
  const whenReady = new Promise<void>((resolve) => {
    isReady = resolve
  })
  const held = { acquired: 0, released: 0 }
  const app = create({
    host,
    logger: consoleLogger({ level: 'silent' }),
    ...faultyParts(hook, whenReady, phase, held),
  })
  const events: LifecycleEvent[] = []
  app.on('*', (event) => {
    events.push(event)
    if (event.type === 'failed') stopAt ??= event.at
  })
  app.on('ready', () => {
    stopAt ??= host.clock.now()
    isReady()
    if (phase === 'run')
      host.crash(
        new Error('died on purpose'),
        fault === 'throws' ? 'uncaughtException' : 'unhandledRejection',
      )
    else if (phase === 'task' && (fault === 'throws' || fault === 'rejects')) return
    else if (inStart || signals === 0) void app.stop()
    else send()
  })
  const code = await host.clock.run(app.runUnsupervised())
  const stopMs = host.clock.now() - (stopAt ?? 0)
  // What ends late must have no effect.
  await host.clock.advance(400_000)
  const expectedCode = expected(phase, fault, signals)
  const problems = [
    ...(code === expectedCode ? [] : [`exit code ${code}, not ${expectedCode}`]),
    ...[...calls].filter(([, n]) => n > 1).map(([which, n]) => `${which} ran ${n} times`),
    ...orderProblems(events),
    ...(stopMs <= app.budget.total ? [] : [`the stop took ${stopMs} ms of ${app.budget.total}`]),
    ...(host.exitCode === code ? [] : [`the exit code of the process is ${host.exitCode}`]),
    ...(host.killed ? ['the watchdog had to end it'] : []),
    ...(host.isKeptAlive || host.listeners > 0 || host.clock.pending > 0 ? ['something is left behind'] : []),
    ...(signals === 2 || held.acquired === held.released ? [] : ['something was acquired and not released']),
    ...(app.state === 'stopped' || app.state === 'failed' ? [] : [`it ended in the state ${app.state}`]),
  ]
  return { code, expectedCode, stopMs, events, problems }
}

interface Held {
  acquired: number
  released: number
}

function faultyParts(
  hook: (phase: FaultPhase) => () => unknown,
  ready: Promise<void>,
  phase: FaultPhase,
  held: Held,
): Omit<FaultyOptions, 'host' | 'logger'> {
  const acquire = () => {
    held.acquired++
  }
  const release = () => {
    held.released++
  }
  const faulty = defineModule({
    name: 'faulty',
    configure: hook('configure') as () => void,
    extend: hook('extend') as () => void,
    finalize: hook('finalize') as () => void,
    start: (context: StartContext) => {
      const started = hook('start')()
      if (phase === 'task') context.spawn('faulty', () => ready.then(hook('task')))
      const acquired = () => {
        acquire()
        context.defer(release)
      }
      return started === undefined ? acquired() : (started as Promise<void>).then(acquired)
    },
    ready: hook('ready') as () => Promise<void>,
    drain: hook('drain') as () => Promise<void>,
    stop: hook('stop') as () => Promise<void>,
  })
  return {
    modules: [faulty],
    onStartup: [hook('onStartup')],
    onShutdown: [hook('onShutdown')],
    lifespan: () => {
      const entered = hook('lifespan up')()
      const leave = {
        [Symbol.asyncDispose]: () => {
          release()
          return hook('lifespan down')() as PromiseLike<void>
        },
      }
      const enter = () => {
        acquire()
        return leave
      }
      return entered === undefined ? enter() : (entered as Promise<void>).then(enter)
    },
  }
}

function misbehave(fault: Fault, clock: Clock): Promise<void> {
  const after = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  switch (fault) {
    case 'throws':
      throw new Error('thrown on purpose')
    case 'rejects':
      return after(10).then(() => Promise.reject(new Error('rejected on purpose')))
    case 'hangs':
      return new Promise(() => {})
    case 'slow':
      return after(2_000)
    case 'rejects late':
      return after(300_000).then(() => Promise.reject(new Error('rejected late on purpose')))
    case 'acquires late':
      return after(300_000)
  }
}

function isStartPhase(phase: FaultPhase): boolean {
  return faultPhases.indexOf(phase) <= faultPhases.indexOf('ready')
}

/** Returns the exit code that the contract demands. */
function expected(phase: FaultPhase, fault: Fault, signals: number): number {
  const isDeath = fault === 'throws' || fault === 'rejects'
  if (signals === 2 && !isDeath) return signalExitCode('SIGINT')
  if (fault === 'slow') return ExitCode.clean
  if (phase === 'run' || (phase === 'task' && isDeath)) return ExitCode.failed
  if (!isStartPhase(phase)) return ExitCode.incomplete
  const initializing = faultPhases.indexOf(phase) <= faultPhases.indexOf('finalize')
  const failed = initializing ? ExitCode.configuration : ExitCode.failed
  if (signals === 0 || fault === 'throws') return failed
  // A cancelled hook that rejects has obeyed; one that hangs was abandoned.
  return fault === 'rejects' ? ExitCode.clean : ExitCode.incomplete
}

function orderProblems(events: readonly LifecycleEvent[]): readonly string[] {
  const started = events.flatMap((event) => (event.type === 'module.started' ? [event.module] : []))
  const stopping = events.flatMap((event) => (event.type === 'module.stopping' ? [event.module] : []))
  const skipped = new Set(
    events.flatMap((event) => (event.type === 'hook.skipped' && event.phase === 'stop' ? [event.owner] : [])),
  )
  const due = started.filter((module) => !skipped.has(module)).reverse()
  const same = due.length === stopping.length && due.every((module, i) => module === stopping[i])
  return same ? [] : [`started ${started.join(', ')} but stopped ${stopping.join(', ')}`]
}
