// The state of an application as data, for the page of the inspector and for `myfy inspect`.

import type { App, ModuleHealth, Readiness, SettingsVariable, ShutdownBudget, TimelineStep } from '@myfy/core'
import type { Recorder } from './recorder.ts'
import { MAX_A_SECOND } from './recording-limit.ts'
import { type ReloadRecord, rowOf, type WorkRecord, type WorkRow } from './records.ts'

/** A module of a snapshot. */
export interface ModuleSnapshot {
  readonly name: string
  readonly state: string
  /** The time that the last change of its state took, in ms. */
  readonly ms?: number
  readonly requires: readonly string[]
  /** Undefined if the module has no health check. */
  readonly health?: ModuleHealth
  readonly critical: boolean
  /** The time that it took to stop when it was last stopped, in ms. */
  readonly lastStopMs?: number
}

/** Snapshot is what the inspector knows at one moment. It contains no values of settings that may be secret. */
export interface Snapshot {
  /** The version of the record; ask for `?since=` it to receive only what has changed. */
  readonly version: number
  readonly application: {
    readonly state: string
    readonly ready: boolean
    /** True if the checks of health have not ended: no module has its health. */
    readonly checking?: true
    readonly pid: number
    readonly node: string
    readonly uptimeMs: number
    readonly memoryMb: number
    readonly urls: readonly string[]
  }
  readonly modules: readonly ModuleSnapshot[]
  readonly boot: {
    readonly steps: readonly TimelineStep[]
    readonly criticalPath: ReadonlyArray<{ readonly module: string; readonly ms: number }>
    readonly criticalMs: number
  }
  readonly work: ReadonlyArray<{ readonly kind: string; readonly label: string; readonly ms: number }>
  readonly requests: ReadonlyArray<WorkRecord | WorkRow>
  /** True if requests and tasks are rows without their parts, and only the last ones. */
  readonly abridged?: true
  /** The number of requests a second that are recorded of a lasting load, and whether some were left out recently. */
  readonly recording: { readonly maxPerSecond: number; readonly limited: boolean }
  readonly tasks: ReadonlyArray<WorkRecord | WorkRow>
  readonly reloads: readonly ReloadRecord[]
  readonly settings: readonly SettingsVariable[]
  readonly problems: ReadonlyArray<{ readonly at: number; readonly text: string }>
  /** The cost of a stop at this moment. */
  readonly stop: {
    readonly budget: Omit<ShutdownBudget, 'gracePeriod'> & { readonly gracePeriod: number | null }
    /** The number of works that a drain would wait for, and the age of the oldest in ms. */
    readonly inFlight: number
    readonly oldestMs: number
    /** The modules in the order in which they would stop, with the time of their last stop. */
    readonly order: ReadonlyArray<{ readonly module: string; readonly lastStopMs?: number }>
    /** The obstacles of a drain that is under way. */
    readonly waitingFor: readonly string[]
    /** The obstacles of the drains of applications that a reload has replaced. */
    readonly replacedWaitingFor: readonly string[]
  }
}

/**
 * Returns the snapshot of an application. `since` is the version of an earlier one, 0 for everything; `path` is that of
 * the inspector; `readiness` is undefined if the checks of health have not ended. `rows` is the number of
 * the last requests and tasks that the snapshot has, without their parts; undefined for all, with their parts.
 */
export function snapshotOf(
  app: App,
  recorder: Recorder,
  {
    since,
    path,
    readiness,
    rows,
  }: {
    readonly since: number
    readonly path: string
    readonly readiness: Readiness | undefined
    readonly rows?: number | undefined
  },
): Snapshot {
  const checks = readiness?.health.checks ?? {}
  const timeline = app.timeline()
  const critical = new Set(timeline.criticalPath.map(({ module }) => module))
  const requires = new Map(
    [...app.requires].map(([module, list]) => [module.name, list.map(({ name }) => name)]),
  )
  const { modules, state } = app.status()
  // Without the requests of the inspector itself.
  const inFlight = app.inFlight.list().filter(({ label }) => !label.startsWith(`GET ${path}`))
  const work = inFlight.map((one) => ({
    kind: one.kind,
    label: app.redact(one.label),
    ms: Math.round(app.inFlight.age(one)),
  }))
  const lastStop = (name: string) => {
    const lastStopMs = recorder.stopMs.get(name)
    return lastStopMs === undefined ? {} : { lastStopMs }
  }
  const { gracePeriod, ...budget } = app.budget
  return {
    version: recorder.version,
    application: {
      state,
      ready: readiness?.ready === true,
      ...(readiness === undefined && { checking: true as const }),
      pid: process.pid,
      node: process.version,
      uptimeMs: Math.round(process.uptime() * 1_000),
      memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576),
      urls: app.transports.flatMap(({ url }) => url ?? []),
    },
    modules: modules.map((module) => ({
      ...module,
      requires: requires.get(module.name) ?? [],
      critical: critical.has(module.name),
      ...(checks[module.name] && { health: checks[module.name] }),
      ...lastStop(module.name),
    })),
    boot: {
      steps: timeline.steps.filter(({ name }) => name === 'initialize' || name === 'start'),
      criticalPath: timeline.criticalPath,
      criticalMs: timeline.criticalMs,
    },
    work,
    ...worksOf(recorder, since, rows),
    recording: { maxPerSecond: MAX_A_SECOND, limited: recorder.isLimited },
    reloads: recorder.reloads,
    settings: app.variables,
    problems: recorder.problems,
    stop: {
      budget: { ...budget, gracePeriod: Number.isFinite(gracePeriod) ? gracePeriod : null },
      inFlight: work.length,
      oldestMs: Math.max(0, ...work.map(({ ms }) => ms)),
      order: modules.map(({ name }) => ({ module: name, ...lastStop(name) })).reverse(),
      waitingFor: recorder.drains.of(app),
      replacedWaitingFor: recorder.drains.ofOthers(app),
    },
  }
}

function worksOf(
  recorder: Recorder,
  since: number,
  rows: number | undefined,
): Pick<Snapshot, 'requests' | 'tasks' | 'abridged'> {
  const requests = recorder.requestsSince(since)
  const { tasks } = recorder
  if (rows === undefined) return { requests, tasks }
  const last = (works: readonly WorkRecord[]) => works.slice(-rows).map(rowOf)
  return { requests: last(requests), tasks: last(tasks), abridged: true }
}
