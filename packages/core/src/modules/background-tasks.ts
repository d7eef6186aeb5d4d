// Background and periodic work that the life cycle owns: it is told to end and awaited before its module stops.

import type { EventBody } from '../events/events.ts'
import { type Clock, delay } from '../process/clock.ts'
import { type Duration, durationOption } from '../runtime/duration.ts'
import { messageOf } from '../runtime/thrown.ts'
import type { SpawnOptions } from './module.ts'

/** The pauses before a restart, in ms. */
const shortest = 100
const longestByDefault = 30_000

/** The background work of one module. */
export class TaskSet {
  readonly #module: string
  readonly #clock: Clock
  readonly #emit: (event: EventBody) => void
  readonly #fatal: (error: unknown) => void
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()

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

  get size(): number {
    return this.#running.size
  }

  /** Runs work in the background; see {@link SpawnOptions} for what happens when it fails. */
  spawn(name: string, work: (signal: AbortSignal) => unknown, options: SpawnOptions = {}): void {
    this.#run(name, work, options.onError ?? 'fatal', options.maxRetryDelay)
  }

  /** Runs work every `ms`, first after `ms`, never twice at once. */
  every(
    every: Duration,
    name: string,
    work: (signal: AbortSignal) => unknown,
    options: SpawnOptions = {},
  ): void {
    const ms = durationOption(`the interval of '${name}' in the module '${this.#module}'`, every, {
      least: 1,
    })
    const onError = options.onError ?? 'ignore'
    const loop = async (signal: AbortSignal) => {
      let last: string | undefined
      while (true) {
        await delay(this.#clock, ms, signal)
        if (signal.aborted) return
        try {
          await work(signal)
          last = undefined
        } catch (error) {
          if (onError !== 'ignore') throw error
          if (!signal.aborted) last = this.#failed(name, error, 'ignore', last)
        }
      }
    }
    this.#run(name, loop, onError, options.maxRetryDelay)
  }

  /** Aborts the signal of all work and waits until it has ended. */
  async end(): Promise<void> {
    this.#abort.abort(new DOMException(`${this.#module} stops`, 'AbortError'))
    await Promise.all(this.#running)
  }

  #run(
    name: string,
    work: (signal: AbortSignal) => unknown,
    onError: 'fatal' | 'restart' | 'ignore',
    maxRetryDelay: Duration = longestByDefault,
  ): void {
    const longest = durationOption(
      `the longest pause of '${name}' in the module '${this.#module}'`,
      maxRetryDelay,
      { least: 1 },
    )
    const signal = this.#abort.signal
    const live = async () => {
      this.#emit({ type: 'task.started', module: this.#module, task: name })
      let last: string | undefined
      for (let pause = Math.min(shortest, longest); ; pause = Math.min(pause * 2, longest)) {
        const began = this.#clock.now()
        try {
          await work(signal)
          break
        } catch (error) {
          // What it throws because it was told to end is not a failure.
          if (signal.aborted) break
          // What went well for so long begins again at once.
          if (this.#clock.now() - began >= longest) {
            pause = Math.min(shortest, longest)
            last = undefined
          }
          last = this.#failed(name, error, onError === 'fatal' ? 'stop' : onError, last)
          if (onError === 'fatal') this.#fatal(error)
          if (onError !== 'restart') break
          await delay(this.#clock, pause, signal)
          if (signal.aborted) break
        }
      }
      this.#emit({ type: 'task.ended', module: this.#module, task: name })
    }
    const running = live().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Tells a failure, and whether it is the last one again; returns its message. */
  #failed(
    task: string,
    error: unknown,
    consequence: 'stop' | 'restart' | 'ignore',
    last: string | undefined,
  ): string {
    const message = messageOf(error)
    this.#emit({
      type: 'task.failed',
      module: this.#module,
      task,
      error,
      consequence,
      repeated: message === last,
    })
    return message
  }
}
