// The timers of one schedule: those of the application's clock, and those that user code sets through the globals of
// Node.js. Time passes only when the exploration chooses it.

import type { Cancel, TimerPurpose } from '../../../process/clock.ts'
import { VirtualClock } from '../../virtual-clock.ts'

/** A timer that has not fired. */
export interface QueuedTimer {
  readonly at: number
  readonly order: number
  readonly purpose: TimerPurpose | 'delay'
  /** The module whose step has set the timer. */
  readonly owner: string
  /** `setInterval 100 ms` if user code has set it through a global; undefined for a timer of the application's clock. */
  readonly label: string | undefined
  /** False after `unref()`. */
  isRef: boolean
  readonly run: () => void
}

/** The time that passes if no timer runs, in ms. */
const LONG_MS = 600_000

/** The clock of one schedule. */
export class TimerQueue extends VirtualClock {
  #now = 0
  #order = 0
  readonly #timers = new Set<QueuedTimer>()
  readonly #owner: () => string

  /** @param owner returns the module whose step runs */
  constructor(owner: () => string) {
    super()
    this.#owner = owner
  }

  override now(): number {
    return this.#now
  }

  override after(ms: number, run: () => void, purpose: TimerPurpose | 'delay' = 'delay'): Cancel {
    const timer = this.add(ms, run, undefined, purpose)
    return () => this.remove(timer)
  }

  add(
    ms: number,
    run: () => void,
    label: string | undefined,
    purpose: TimerPurpose | 'delay' = 'delay',
  ): QueuedTimer {
    const timer = {
      at: this.#now + Math.max(0, ms),
      order: this.#order++,
      purpose,
      owner: this.#owner(),
      label,
      isRef: true,
      run,
    }
    this.#timers.add(timer)
    return timer
  }

  override get pending(): number {
    return this.#timers.size
  }

  remove(timer: QueuedTimer): void {
    this.#timers.delete(timer)
  }

  has(timer: QueuedTimer): boolean {
    return this.#timers.has(timer)
  }

  /** The timers that user code has set through the globals. */
  get ofUser(): readonly QueuedTimer[] {
    return [...this.#timers].filter(isOfUser)
  }

  /** True if user code has set a timer through the globals. */
  get hasOfUser(): boolean {
    for (const timer of this.#timers) if (isOfUser(timer)) return true
    return false
  }

  /** Returns the timer that fires next, or the next one of a purpose. */
  next(purpose?: QueuedTimer['purpose']): QueuedTimer | undefined {
    let next: QueuedTimer | undefined
    for (const timer of this.#timers) {
      if (purpose !== undefined && timer.purpose !== purpose) continue
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    }
    return next
  }

  /** Moves time forward to a timer and calls it. */
  fire(timer: QueuedTimer): void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
  }

  /** The time that may pass until just before the next timer fires. */
  get untilNext(): number {
    const next = this.next()
    return next ? next.at - 1 - this.#now : LONG_MS
  }

  /** Lets time pass until just before the next timer fires. */
  passBeforeNext(): void {
    this.#now += Math.max(0, this.untilNext)
  }

  /** Forgets every timer: the schedule is over. */
  clear(): void {
    this.#timers.clear()
  }
}

const isOfUser = ({ label }: QueuedTimer): boolean => label !== undefined
