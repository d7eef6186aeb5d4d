// Work outside a request: a scope that is opened, settled by the outcome, disposed and tracked.

import type { Container, Inject, SeedValue, ServiceScope, Services, ShortScope } from '@myfy/di'
import type { Logger } from '../events/logger.ts'
import { traceChannel, traced } from '../events/tracing.ts'
import type { WorkOptions } from '../modules/app.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import { durationOption, OptionError } from '../runtime/duration.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'
import { INJECTION_FIX, injectionProblem } from '../runtime/modules/injection.ts'
import { traceIdOf } from '../runtime/request-id.ts'
import { awaitInFlight, callInFlight } from '../runtime/stack-frames.ts'
import { CurrentWork, type WorkUnit } from '../work/current-work.ts'

/** The application that the work belongs to. */
export interface WorkParts {
  readonly container: Container
  readonly inFlight: WorkTracker
  readonly logger: Logger
}

const workOptionNames: OptionNames<WorkOptions> = {
  inject: true,
  label: true,
  seeds: true,
  signal: true,
  timeout: true,
  options: true,
  id: true,
  headers: true,
  attributes: true,
}

/** Runs work in a separate scope; see `Application.work`. */
export function runInScope<const R extends Inject, T>(
  parts: WorkParts,
  kind: ShortScope,
  options: WorkOptions<R>,
  run: (services: Services<R>) => T | PromiseLike<T>,
): Promise<T> {
  const { label: task = kind, headers, attributes } = options
  const message = { task, module: undefined, ...(headers && { headers }), ...(attributes && { attributes }) }
  return traced(traceChannel('task'), message, () => runUntraced(parts, kind, options, run))
}

async function runUntraced<const R extends Inject, T>(
  { container, inFlight, logger }: WorkParts,
  kind: ShortScope,
  options: WorkOptions<R>,
  run: (services: Services<R>) => T | PromiseLike<T>,
): Promise<T> {
  const label = options.label ?? kind
  assertKnownOptions(`the work ${label}`, options, workOptionNames)
  if (typeof run !== 'function')
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot run the work ${label}: it is not a function. Pass it as the last argument: app.work('task', { inject }, run).`,
    )
  const problem = injectionProblem(options.inject)
  if (problem !== undefined)
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use the option 'inject' of the work ${label}: ${problem}. ${INJECTION_FIX}.`,
    )
  const seeds = [CurrentWork.of(unitOf(label, options)), ...((options.seeds ?? []) as readonly SeedValue[])]
  const scope = container.createScope(kind, seeds)
  const work = inFlight.track(kind, label)
  const dispose = async (outcome: Parameters<ServiceScope['dispose']>[0]) => {
    try {
      await scope.dispose(outcome)
    } catch (error) {
      // The outcome of the work is decided; a release that fails must not change it.
      logger.error({ err: error }, `cannot dispose the services of ${label}`)
    }
  }
  try {
    const services = await resolveAll(scope, options.inject ?? ([] as Inject as R))
    const value = await awaitInFlight(callInFlight(run, services, undefined), (result) => result)
    await scope.settle({ ok: true })
    await dispose({ ok: true })
    return value
  } catch (error) {
    await dispose({ ok: false, error })
    throw error
  } finally {
    work.done()
  }
}

function unitOf(label: string, { id, headers, signal, timeout, options = {} }: WorkOptions): WorkUnit {
  const end =
    timeout === undefined
      ? Number.POSITIVE_INFINITY
      : performance.now() + durationOption(`timeout of ${label}`, timeout, { unlimited: true })
  return {
    id: id ?? traceIdOf(String(headers?.traceparent)),
    label,
    options,
    signal: signal ?? new AbortController().signal,
    remaining: () => Math.max(0, end - performance.now()),
  }
}

async function resolveAll<R extends Inject>(scope: ServiceScope, inject: R): Promise<Services<R>> {
  const entries = Object.entries(inject)
  const services = await Promise.all(entries.map(([, token]) => scope.resolve(token)))
  const values = Array.isArray(inject)
    ? services
    : Object.fromEntries(entries.map(([key], i) => [key, services[i]]))
  return values as Services<R>
}
