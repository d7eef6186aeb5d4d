// The drain: accept nothing new, finish what was accepted, name what is cut.

import { DrainTimeoutError } from '../errors.ts'
import { describeHook, type EventBody } from '../events/events.ts'
import { collect, type HookPolicy } from '../hooks/hook-policy.ts'
import type { Deadline, HookControl, HookRef, HookResult } from '../hooks/hook-run.ts'
import type { Latch } from '../hooks/latch.ts'
import { Countdown } from '../hooks/shutdown-budget.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { Transport } from '../modules/transport.ts'
import type { Work, WorkTracker } from '../modules/work-tracker.ts'
import { type Clock, delay } from '../process/clock.ts'
import { formatDuration } from '../runtime/duration.ts'

/** The inputs of a drain. */
export interface DrainParts {
  readonly clock: Clock
  readonly inFlight: WorkTracker
  readonly emit: (event: EventBody) => void
  readonly policy: HookPolicy
  readonly transports: readonly Transport[]
  /** The started modules, in reverse start order. */
  readonly modules: readonly ModuleInstance[]
  /** The time to accept work before the drain, in ms. */
  readonly delay: number
  /** True if a person stops the application at a terminal. */
  readonly interrupted: boolean
}

/** The interval at which the progress of a drain is reported, in ms. */
const REPORT_MS = 1_000

/** The result of a drain. */
export interface DrainResult {
  readonly errors: readonly Error[]
  /** The work that was cut, which is one of the errors. */
  readonly cut: readonly Work[]
}

/** Drains within the budget. */
export async function drain(parts: DrainParts): Promise<DrainResult> {
  const { clock, inFlight, emit, policy, transports, modules, interrupted } = parts
  const { budget, forced } = policy
  const began = clock.now()
  emit({ type: 'drain.started', inFlight: inFlight.size, delay: parts.delay, budget: budget.drain })
  await wait(clock, parts.delay, forced)

  const countdown = new Countdown(() => clock.now(), budget.drain)
  const deadline = (): Deadline => ({
    ms: countdown.remaining(),
    remedy: 'Make it end when its signal aborts, or raise shutdown.drain.',
    force: forced,
  })
  const pending = new Set<string>()
  const errors: Error[] = []
  const follow = async (name: string, result: Promise<HookResult<unknown>>) => {
    pending.add(name)
    collect(errors, await result)
    pending.delete(name)
  }
  const run = (ref: HookRef, hook: (control: HookControl) => unknown) =>
    follow(describeHook(ref), policy.run(ref, deadline(), hook))

  const cancelReports = report(parts, pending)
  await Promise.all([
    ...transports.map((transport) =>
      run({ phase: 'drain', owner: transport.name }, ({ signal, remaining }) =>
        transport.drain({ signal, interrupted, remaining, inFlight: () => inFlight.list() }),
      ),
    ),
    ...modules.flatMap((instance) =>
      instance.drain(deadline).map(({ ref, result }) => follow(describeHook(ref), result)),
    ),
  ])
  // Work that ends may begin other work, also some microtasks later.
  let isIdle = inFlight.size === 0
  while (!isIdle) {
    const ref = { phase: 'drain', owner: 'work in flight' } as const
    const { status } = await policy.run(ref, deadline(), () => whenIdle(inFlight))
    isIdle = status !== 'done' || inFlight.size === 0
  }
  cancelReports()

  const cut = inFlight.list()
  emit({ type: 'drain.finished', ms: clock.now() - began, cut: cut.length })
  if (cut.length > 0) {
    const taken = cut.every(({ since }) => since > began) ? 'during' : 'before'
    errors.push(cutError(cut, clock, taken, clock.now() - began, emit))
  }
  return { errors, cut }
}

async function whenIdle(inFlight: WorkTracker): Promise<void> {
  while (inFlight.size > 0) await inFlight.whenIdle()
}

/** Reports work that is cut, and returns the error for it. */
export function cutError(
  cut: readonly Work[],
  clock: Clock,
  taken: 'before' | 'during' | 'after',
  ms: number,
  emit: (event: EventBody) => void,
): DrainTimeoutError {
  const work = describeWork(cut, clock.now())
  emit({ type: 'drain.blocked', work })
  return new DrainTimeoutError(work, taken, ms)
}

/** Describes work, with equal labels in one entry: `20 × POST /orders (request, 31.2 s)`. */
function describeWork(work: readonly Work[], now: number): readonly string[] {
  return grouped(work).map(({ first, n }) => {
    const times = n === 1 ? '' : `${n} × `
    return `${times}${first.label} (${first.kind}, ${formatDuration(now - first.since)})`
  })
}

function grouped(work: readonly Work[]): ReadonlyArray<{ readonly first: Work; readonly n: number }> {
  const groups = new Map<string, { first: Work; n: number }>()
  for (const one of work) {
    const key = `${one.kind}\0${one.label}`
    const group = groups.get(key)
    if (group) group.n++
    else groups.set(key, { first: one, n: 1 })
  }
  return [...groups.values()]
}

function report({ clock, inFlight, emit }: DrainParts, pending: ReadonlySet<string>): () => void {
  const next = (): (() => void) =>
    clock.after(
      REPORT_MS,
      () => {
        const work = grouped(inFlight.list()).map(({ first, n }) =>
          n === 1 ? first.label : `${n} × ${first.label}`,
        )
        emit({ type: 'drain.progress', inFlight: inFlight.size, waitingFor: [...pending, ...work] })
        cancel = next()
      },
      'report',
    )
  let cancel = next()
  return () => cancel()
}

async function wait(clock: Clock, ms: number, forced: Latch): Promise<void> {
  if (ms <= 0) return
  const abort = new AbortController()
  const undo = forced.on(() => abort.abort())
  await delay(clock, ms, abort.signal)
  undo()
}
