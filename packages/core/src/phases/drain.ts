// The drain: stop accepting, let what was accepted end, cut and name what does not.

import { DrainTimeoutError, type HookTimeoutError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import type { Deadline, HookResult, Latch } from '../hooks/hook-runner.ts'
import { Countdown } from '../hooks/shutdown-budget.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { Transport } from '../modules/transport.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import { type Clock, delay } from '../process/clock.ts'
import { formatDuration } from '../runtime/duration.ts'

/** What a drain works on. */
export interface DrainParts {
  readonly clock: Clock
  readonly inFlight: WorkTracker
  readonly emit: (event: EventBody) => void
  readonly policy: HookPolicy
  readonly transports: readonly Transport[]
  readonly modules: readonly ModuleInstance[]
}

/** How often the number of things in flight is reported, in ms. */
const reportEvery = 1_000

/** Drains within the budget; what it returns went wrong. */
export async function drain({
  clock,
  inFlight,
  emit,
  policy,
  transports,
  modules,
}: DrainParts): Promise<readonly Error[]> {
  const { budget, forced, runner } = policy
  const began = clock.now()
  emit({ type: 'drain.started', inFlight: inFlight.size, delay: budget.delay, budget: budget.drain })
  await wait(clock, budget.delay, forced)

  const countdown = new Countdown(() => clock.now(), budget.drain)
  const limits = (): Deadline => ({
    ms: countdown.remaining(),
    remedy: 'give it more time with shutdown.drain',
    force: forced,
  })
  let cancelReport = () => {}
  const report = () => {
    cancelReport = clock.after(reportEvery, () => {
      emit({ type: 'drain.progress', inFlight: inFlight.size })
      report()
    })
  }
  report()
  const results: Array<HookResult<unknown>> = await Promise.all([
    ...transports.map((transport) =>
      runner.run({ phase: 'drain', owner: transport.name }, limits(), ({ signal, remaining }) =>
        transport.drain({ signal, remaining, inFlight: () => inFlight.list() }),
      ),
    ),
    ...modules.map((instance) => instance.drain(limits())),
  ])
  // Work that is no transport's: jobs, tracked tasks.
  if (inFlight.size > 0)
    results.push(
      await runner.run({ phase: 'drain', owner: 'work in flight' }, limits(), () => inFlight.whenIdle()),
    )
  cancelReport()

  const work = inFlight
    .list()
    .map((entry) => `${entry.label} (${entry.kind}, ${formatDuration(clock.now() - entry.since)})`)
  emit({ type: 'drain.finished', ms: clock.now() - began, cut: work.length })
  const failed = results.flatMap((result) => (result.status === 'failed' ? [result.error] : []))
  const late = results.flatMap((result): HookTimeoutError[] =>
    result.status === 'abandoned' ? [result.error] : [],
  )
  if (work.length === 0) return [...failed, ...late]
  // Whose drain was late matters less than what held it up.
  emit({ type: 'drain.blocked', work })
  return [...failed, new DrainTimeoutError(work, clock.now() - began)]
}

async function wait(clock: Clock, ms: number, forced: Latch): Promise<void> {
  if (ms <= 0) return
  const abort = new AbortController()
  const undo = forced.on(() => abort.abort())
  await delay(clock, ms, abort.signal)
  undo()
}
