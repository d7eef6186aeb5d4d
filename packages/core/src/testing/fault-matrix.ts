// The fault matrix: every phase × every way to go wrong × no signal, one, two. In virtual time, so that a cell that
// would take minutes takes milliseconds.

import type { Application } from '../application/application.ts'
import type { LifecycleEvent } from '../events/events.ts'
import { defineModule, type Module } from '../modules/module.ts'
import type { ApplicationOptions, Hook } from '../phases/options.ts'
import type { Clock } from '../process/clock.ts'
import { ExitCode } from '../process/exit-code.ts'
import { signalExitCode } from '../runtime/process-signals.ts'
import { TestHost } from './test-host.ts'

/** The phases in which code of a user runs. */
export const faultPhases = [
  'configure',
  'extend',
  'finalize',
  'onStartup',
  'lifespan up',
  'start',
  'ready',
  'drain',
  'stop',
  'lifespan down',
  'onShutdown',
] as const

/** The ways to go wrong: `slow` takes 2 s and ends well, `rejects late` rejects long after it was given up. */
export const faults = ['throws', 'rejects', 'hangs', 'slow', 'rejects late'] as const

/** A phase of the matrix. */
export type FaultPhase = (typeof faultPhases)[number]

/** A fault of the matrix. */
export type Fault = (typeof faults)[number]

/** What an application of the matrix must be made with: spread it into its options. */
export interface FaultyOptions extends Pick<ApplicationOptions, 'host' | 'logger' | 'lifespan'> {
  readonly host: TestHost
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
  /** Runs the application through it. `problems` is empty when the life cycle kept its contract. */
  run(): Promise<FaultReport>
}

/** How a cell went. */
export interface FaultReport {
  readonly code: number
  readonly expectedCode: number
  /** Virtual time from the first signal (or the stop, or the failure) to the end, in ms. */
  readonly stopMs: number
  readonly events: readonly LifecycleEvent[]
  readonly problems: readonly string[]
}

/**
 * Makes the matrix for an application.
 *
 * @param create makes a new application around the faulty parts it is given
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
        const name = `${phase} ${fault}, ${['no signal', 'one signal', 'two signals'][signals]}`
        cells.push({ phase, fault, signals, name, run: () => runCell(create, phase, fault, signals) })
      }
    }
  }
  return cells
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
    host.signal('SIGTERM')
    if (signals === 2) host.clock.after(1_000, () => host.signal('SIGTERM'))
  }
  const inStart = isStartPhase(phase)
  const hook = (which: FaultPhase) => (): unknown => {
    calls.set(which, (calls.get(which) ?? 0) + 1)
    if (which !== phase) return undefined
    if (inStart) send()
    return misbehave(fault, host.clock)
  }
  const app = create({ host, ...faultyParts(hook) })
  const events: LifecycleEvent[] = []
  app.on('*', (event) => {
    events.push(event)
    if (event.type === 'failed') stopAt ??= event.at
  })
  app.on('ready', () => {
    stopAt ??= host.clock.now()
    if (inStart || signals === 0) void app.stop()
    else send()
  })
  const code = await host.clock.run(app.runUnsupervised())
  const stopMs = host.clock.now() - (stopAt ?? 0)
  // What comes late must harm nobody.
  await host.clock.advance(400_000)
  const expectedCode = expected(phase, fault, signals)
  const problems = [
    ...(code === expectedCode ? [] : [`exit code ${code}, not ${expectedCode}`]),
    ...[...calls].filter(([, n]) => n > 1).map(([which, n]) => `${which} ran ${n} times`),
    ...orderProblems(events),
    ...(stopMs <= app.budget.total ? [] : [`the stop took ${stopMs} ms of ${app.budget.total}`]),
    ...(host.exitCode === code ? [] : [`the process was told ${host.exitCode}`]),
    ...(host.killed ? ['the watchdog had to end it'] : []),
    ...(host.held || host.listeners > 0 || host.clock.pending > 0 ? ['something is left behind'] : []),
    ...(app.state === 'stopped' || app.state === 'failed' ? [] : [`it ended in the state ${app.state}`]),
  ]
  return { code, expectedCode, stopMs, events, problems }
}

function faultyParts(hook: (phase: FaultPhase) => () => unknown): Omit<FaultyOptions, 'host' | 'logger'> {
  const faulty = defineModule({
    name: 'faulty',
    configure: hook('configure') as () => void,
    extend: hook('extend') as () => void,
    finalize: hook('finalize') as () => void,
    start: hook('start') as () => Promise<void>,
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
      const leave = { [Symbol.asyncDispose]: hook('lifespan down') as () => PromiseLike<void> }
      return entered === undefined ? leave : (entered as Promise<void>).then(() => leave)
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
  }
}

function isStartPhase(phase: FaultPhase): boolean {
  return faultPhases.indexOf(phase) <= faultPhases.indexOf('ready')
}

/** The contract, as a table in code. */
function expected(phase: FaultPhase, fault: Fault, signals: number): number {
  const long = fault === 'hangs' || fault === 'slow' || fault === 'rejects late'
  if (signals === 2 && long) return signalExitCode('SIGTERM')
  if (fault === 'slow') return ExitCode.clean
  if (!isStartPhase(phase)) return ExitCode.incomplete
  const initializing = faultPhases.indexOf(phase) <= faultPhases.indexOf('finalize')
  const failed = initializing ? ExitCode.configuration : ExitCode.failed
  if (signals === 0 || fault === 'throws') return failed
  // Told to give up: one that rejects did so, one that hangs had to be abandoned.
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
