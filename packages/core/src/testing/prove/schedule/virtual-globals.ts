// The globals of Node.js that read or wait for time, replaced while applications are explored.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'
import type { Cancel } from '../../../process/clock.ts'
import type { QueuedTimer, TimerQueue } from './timer-queue.ts'

/** The schedule that runs: the globals act on it. */
export interface VirtualProcess {
  readonly timers: TimerQueue
  /** Returns the time for code of the user. */
  readTime(): number
  /** Returns a pseudo-random number in [0, 1), the same sequence in each run of the schedule. */
  random(): number
  /** Receives an error that a timer of user code has thrown. */
  crash(error: unknown): void
  /** Receives a call of `process.exit`. */
  exit(code: unknown): void
}

/** Functions that the exploration itself waits with. */
export const real = {
  setImmediate: globalThis.setImmediate,
  setTimeout: globalThis.setTimeout,
  now: performance.now.bind(performance),
}

/** The date at which every schedule begins. */
const EPOCH = Date.UTC(2026, 0, 1)

type Callback = (...args: unknown[]) => void

/** Replaces the globals until cancelled. `current` returns the schedule that runs. */
export function replaceGlobals(
  current: () => VirtualProcess,
  { keepStacks = false }: { readonly keepStacks?: boolean } = {},
): Cancel {
  const { stackTraceLimit } = Error
  // Most of the time of a schedule would go into stacks that are not read.
  if (!keepStacks) Error.stackTraceLimit = 0
  const undo: Cancel[] = [
    () => {
      Error.stackTraceLimit = stackTraceLimit
    },
  ]
  const replace = (target: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(target, name)
    Object.defineProperty(target, name, { configurable: true, writable: true, enumerable: true, value })
    undo.unshift(() => {
      if (before) Object.defineProperty(target, name, before)
      else delete (target as Record<string, unknown>)[name]
    })
  }
  const timers = callbackTimers(current)
  const promises = promiseTimers(current)
  const load = createRequire(import.meta.url)
  for (const [name, value] of Object.entries(timers)) {
    replace(globalThis, name, value)
    replace(load('node:timers') as object, name, value)
  }
  for (const [name, value] of Object.entries(promises)) {
    replace(load('node:timers/promises') as object, name, value)
  }
  const now = () => current().readTime()
  replace(globalThis, 'Date', virtualDate(now))
  replace(performance, 'now', now)
  replace(process, 'uptime', () => now() / 1_000)
  const hrtime = (before: readonly [number, number] = [0, 0]) => {
    const ns = now() * 1e6 - before[0] * 1e9 - before[1]
    return [Math.floor(ns / 1e9), ns % 1e9]
  }
  replace(process, 'hrtime', Object.assign(hrtime, { bigint: () => BigInt(Math.round(now() * 1e6)) }))
  replace(Math, 'random', () => current().random())
  replace(AbortSignal, 'timeout', (ms: number) => {
    const abort = new AbortController()
    const expire = () =>
      abort.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    current().timers.add(ms, expire, 'AbortSignal.timeout').isRef = false
    return abort.signal
  })
  replace(process, 'exit', (code?: unknown) => current().exit(code))
  syncBuiltinESMExports()
  return () => {
    for (const one of undo) one()
    syncBuiltinESMExports()
  }
}

/** The object that `setTimeout` returns. */
class VirtualTimeout {
  readonly #current: () => VirtualProcess
  readonly #queue: TimerQueue
  readonly #ms: number
  readonly #label: string
  readonly #call: () => void
  readonly #repeats: boolean
  #timer: QueuedTimer | undefined
  #isRef = true

  constructor(current: () => VirtualProcess, kind: string, ms: unknown, call: () => void, repeats = false) {
    const given = Number(ms)
    this.#current = current
    this.#queue = current().timers
    this.#ms = kind === 'setImmediate' ? 0 : given >= 1 ? Math.trunc(given) : 1
    this.#label = kind === 'setImmediate' ? kind : `${kind} ${this.#ms} ms`
    this.#call = call
    this.#repeats = repeats
    this.#arm()
  }

  #arm(): void {
    this.#timer = this.#queue.add(
      this.#ms,
      () => {
        if (this.#repeats) this.#arm()
        try {
          this.#call()
        } catch (error) {
          this.#current().crash(error)
        }
      },
      this.#label,
    )
    this.#timer.isRef = this.#isRef
  }

  close(): this {
    if (this.#timer) this.#queue.remove(this.#timer)
    this.#timer = undefined
    return this
  }

  refresh(): this {
    if (this.#timer) {
      this.close()
      this.#arm()
    }
    return this
  }

  ref(): this {
    return this.#setRef(true)
  }

  unref(): this {
    return this.#setRef(false)
  }

  hasRef(): boolean {
    return this.#isRef
  }

  #setRef(isRef: boolean): this {
    this.#isRef = isRef
    if (this.#timer) this.#timer.isRef = isRef
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function callbackTimers(current: () => VirtualProcess) {
  const clear = (timer: unknown) => {
    if (timer instanceof VirtualTimeout) timer.close()
  }
  const setTimeout = (call: Callback, ms?: number, ...args: unknown[]) =>
    new VirtualTimeout(current, 'setTimeout', ms, () => call(...args))
  const setInterval = (call: Callback, ms?: number, ...args: unknown[]) =>
    new VirtualTimeout(current, 'setInterval', ms, () => call(...args), true)
  const setImmediate = (call: Callback, ...args: unknown[]) =>
    new VirtualTimeout(current, 'setImmediate', 0, () => call(...args))
  const promises = promiseTimers(current)
  Object.defineProperty(setTimeout, promisify.custom, { value: promises.setTimeout })
  Object.defineProperty(setImmediate, promisify.custom, { value: promises.setImmediate })
  return {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
}

interface WaitOptions {
  readonly signal?: AbortSignal
  readonly ref?: boolean
}

function promiseTimers(current: () => VirtualProcess) {
  const wait = <T>(kind: string, ms: unknown, value: T, { signal, ref = true }: WaitOptions = {}) =>
    new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal))
      const timer = new VirtualTimeout(current, kind, ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve(value)
      })
      if (!ref) timer.unref()
      const abort = () => {
        timer.close()
        reject(abortError(signal))
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  const setTimeout = <T>(ms?: number, value?: T, options?: WaitOptions) =>
    wait('setTimeout', ms, value, options)
  const setImmediate = <T>(value?: T, options?: WaitOptions) => wait('setImmediate', 0, value, options)
  return {
    setTimeout,
    setImmediate,
    async *setInterval<T>(ms?: number, value?: T, options?: WaitOptions) {
      while (true) yield await wait('setInterval', ms, value, options)
    },
    scheduler: {
      wait: (ms: number, options?: WaitOptions) => setTimeout(ms, undefined, options),
      yield: () => setImmediate(),
    },
  }
}

function abortError(signal: AbortSignal | undefined): Error {
  // As Node.js does it: an abort, with the reason of the signal as its cause.
  return Object.assign(new DOMException('The operation was aborted', 'AbortError'), { cause: signal?.reason })
}

function virtualDate(now: () => number): unknown {
  const RealDate = Date
  const time = () => EPOCH + Math.round(now())
  return new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [time()] : args, newTarget),
    apply: () => new RealDate(time()).toString(),
    get: (target, name) => (name === 'now' ? time : Reflect.get(target, name)),
  })
}
