// The background tasks of modules, which the lifecycle owns.

import type { EventBody } from '../events/events.ts'
import { traceChannel, traced } from '../events/tracing.ts'
import { LazyAbort } from '../hooks/lazy-abort.ts'
import { type Clock, delay } from '../process/clock.ts'
import { type Duration, durationOption, OptionError } from '../runtime/duration.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'
import { awaitInFlight, callInFlight } from '../runtime/stack-frames.ts'
import { isError, messageOf, property } from '../runtime/thrown.ts'
import type { EveryOptions, SpawnOptions } from './module-context.ts'

/** The first delay before a restart, in ms. */
const FIRST_RETRY_MS = 100
const DEFAULT_MAX_RETRY_MS = 30_000

/** A task that runs. */
export interface RunningTask {
  readonly name: string
  /** True if the drain waits for it: it takes work by itself, and takes no more once the drain has begun. */
  readonly endsInDrain: boolean
  /** Resolves when the task has ended. */
  readonly ended: Promise<void>
}

const spawnNames: OptionNames<SpawnOptions> = { onError: true, maxRetryDelay: true, until: true }
const everyNames: OptionNames<EveryOptions> = { onError: true, maxRetryDelay: true, once: true }

/** The values of options that are one of several words. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  onError: ['fatal', 'restart', 'ignore'],
  until: ['drain', 'stop'],
  once: ['cluster'],
}

/** Refuses options that would be ignored. */
function checkOptions<T extends object>(of: string, options: T, names: OptionNames<T>): void {
  assertKnownOptions(of, options, names)
  for (const [name, value] of Object.entries(options)) {
    const choices = CHOICES[name]
    if (choices === undefined || value === undefined || choices.includes(value)) continue
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use ${JSON.stringify(value)} as the option '${name}' of ${of}: it is not a value of this option. Use ${choices.join(', ')}.`,
    )
  }
}

/** Refuses work that cannot run. @throws OptionError */
function checkWork(call: string, name: unknown, work: unknown): void {
  if (typeof name === 'string' && typeof work === 'function') return
  const reason =
    typeof name === 'string' ? `the work of '${name}' is not a function` : 'its name is not a text'
  throw new OptionError('MYFY_OPTION_INVALID', `Cannot run a background task: ${reason}. Call ${call}.`)
}

/** Refuses periodic work that cannot run, and options that would be ignored. @throws OptionError */
export function checkEvery(name: string, work: unknown, options: EveryOptions = {}): void {
  checkWork('every(interval, name, work)', name, work)
  const of = `every('${name}')`
  checkOptions(of, options, everyNames)
  const { once, ...others } = options
  const [other] = Object.keys(others)
  if (once === undefined || other === undefined) return
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use the option '${other}' of ${of} with once: 'cluster': a failure is logged, and another process may run the next turn. Leave it out.`,
  )
}

/** The tasks of one module. */
export class TaskSet {
  readonly #module: string
  readonly #clock: Clock
  readonly #emit: (event: EventBody) => void
  readonly #fatal: (error: unknown) => void
  /** Aborts when the drain begins. */
  readonly #ending = new LazyAbort()
  /** Aborts when every task must end. */
  readonly #abort = new LazyAbort()
  readonly #running = new Set<RunningTask>()

  constructor(
    module: string,
    clock: Clock,
    emit: (event: EventBody) => void,
    fatal: (error: unknown) => void,
  ) {
    this.#module = module
    this.#clock = clock
    this.#emit = emit
    this.#fatal = fatal
  }

  /** The tasks that run. */
  get running(): readonly RunningTask[] {
    return [...this.#running]
  }

  /** Aborts when the drain begins. */
  get ending(): AbortSignal {
    return this.#ending.signal
  }

  /** Runs a task; see {@link SpawnOptions}. */
  spawn(name: string, work: (signal: AbortSignal) => unknown, options: SpawnOptions = {}): void {
    checkWork('spawn(name, work)', name, work)
    checkOptions(`spawn('${name}')`, options, spawnNames)
    const endsInDrain = options.until === 'drain'
    const run = (signal: AbortSignal) =>
      this.#traced(name, () => awaitInFlight(callInFlight(work, signal, undefined), ignore), {
        lasting: true,
      })
    this.#run(name, run, { ...options, onError: options.onError ?? 'fatal' }, endsInDrain)
  }

  /** Runs work at an interval, first after one interval, never twice at once, and not once the drain has begun. */
  every(
    interval: Duration,
    name: string,
    work: (signal: AbortSignal) => unknown,
    options: EveryOptions = {},
  ): void {
    const ms = durationOption(`the interval of '${name}' in the module '${this.#module}'`, interval, {
      least: 1,
    })
    const onError = options.onError ?? 'ignore'
    const loop = async (ending: AbortSignal) => {
      let last: string | undefined
      while (true) {
        await delay(this.#clock, ms, ending)
        if (ending.aborted) return
        try {
          await this.#traced(name, () =>
            awaitInFlight(callInFlight(work, this.#abort.signal, undefined), ignore),
          )
          last = undefined
        } catch (error) {
          if (onError !== 'ignore') throw error
          if (!this.#abort.aborted) last = this.#failed(name, error, 'ignore', last)
        }
      }
    }
    this.#run(name, loop, { ...options, onError }, true)
  }

  /** Begins the drain: no task takes new work. */
  drain(): void {
    this.#ending.abort(() => new DOMException(`the drain of ${this.#module} has begun`, 'AbortError'))
  }

  /** Aborts the signals of all tasks. */
  abort(): void {
    this.drain()
    this.#abort.abort(() => new DOMException(`${this.#module} stops`, 'AbortError'))
  }

  /** Runs one turn of a task as a trace. */
  #traced<T>(task: string, work: () => T, kind: { readonly lasting?: true } = {}): T {
    return traced(traceChannel('task'), { task, module: this.#module, ...kind }, work)
  }

  #run(
    name: string,
    work: (signal: AbortSignal) => unknown,
    options: SpawnOptions & Required<Pick<SpawnOptions, 'onError'>>,
    endsInDrain: boolean,
  ): void {
    const maxRetryMs = durationOption(
      `maxRetryDelay of '${name}' in the module '${this.#module}'`,
      options.maxRetryDelay ?? DEFAULT_MAX_RETRY_MS,
      { least: 1 },
    )
    const abort = endsInDrain ? this.#ending : this.#abort
    if (abort.aborted) return this.#emit({ type: 'task.refused', module: this.#module, task: name })
    const ended = this.#runUntilEnd(name, work, abort.signal, options.onError, maxRetryMs)
    const task: RunningTask = {
      name,
      endsInDrain,
      ended: ended.finally(() => this.#running.delete(task)),
    }
    this.#running.add(task)
  }

  async #runUntilEnd(
    name: string,
    work: (signal: AbortSignal) => unknown,
    signal: AbortSignal,
    onError: 'fatal' | 'restart' | 'ignore',
    maxRetryMs: number,
  ): Promise<void> {
    const first = Math.min(FIRST_RETRY_MS, maxRetryMs)
    let last: string | undefined
    this.#emit({ type: 'task.started', module: this.#module, task: name })
    for (let retryMs = first; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      const began = this.#clock.now()
      try {
        await awaitInFlight(callInFlight(work, signal, undefined), ignore)
        break
      } catch (error) {
        if (signal.aborted) {
          // An error that the abort has caused ends the task; work that fails in the drain is a failure.
          if (!this.#abort.aborted && !isAbort(error)) this.#failed(name, error, 'ignore', last)
          break
        }
        if (this.#clock.now() - began >= maxRetryMs) {
          retryMs = first
          last = undefined
        }
        last = this.#failed(name, error, onError === 'fatal' ? 'stop' : onError, last)
        if (onError === 'fatal') this.#fatal(error)
        if (onError !== 'restart') break
        await delay(this.#clock, retryMs, signal)
        if (signal.aborted) break
      }
    }
    this.#emit({ type: 'task.ended', module: this.#module, task: name })
  }

  /** Reports a failure and returns its message. */
  #failed(
    task: string,
    error: unknown,
    consequence: 'stop' | 'restart' | 'ignore',
    last: string | undefined,
  ): string {
    const message = messageOf(error)
    const module = this.#module
    this.#emit({ type: 'task.failed', module, task, error, consequence, repeated: message === last })
    return message
  }
}

function isAbort(error: unknown): boolean {
  return isError(error) && property(error, 'name') === 'AbortError'
}

function ignore(): void {}
