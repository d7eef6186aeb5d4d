// The timeline: the steps of a lifecycle as a tree with times, and the critical path of the start.

import { formatDuration } from '../runtime/duration.ts'
import type { LifecycleEvent, LifecycleEventOf, LifecycleEventType } from './events.ts'

/** One step of a lifecycle. */
export interface TimelineStep {
  /** `start`, `data`, `onStartup`. */
  readonly name: string
  /** The time at which the step began, in ms since the first step. */
  readonly at: number
  /** The time that the step took, in ms; undefined while it runs. */
  readonly ms?: number
  /** The result of the step, unless it succeeded. */
  readonly failed?: 'failed' | 'abandoned' | 'cancelled'
  /** The level of a module: 0 if it requires no other module. */
  readonly level?: number
  /** True if the step is on the critical path. */
  readonly critical?: boolean
  /** The steps that this step consists of. */
  readonly steps: readonly TimelineStep[]
}

/** The timeline of an application; see {@link Application.timeline}. */
export interface Timeline {
  /** Initialize, start, drain and stop, as far as the application has come. */
  readonly steps: readonly TimelineStep[]
  /**
   * The chain of modules, each required by the next, that takes longest to start: with `startup.concurrency: 'levels'`
   * the start cannot be shorter. The first module starts first.
   */
  readonly criticalPath: readonly CriticalModule[]
  /** The time that the critical path takes, in ms. */
  readonly criticalMs: number
  /** The time of the first step, in ms of the application's clock, from which `at` of each step is counted. */
  readonly origin: number
  /** Returns the tree as text. */
  toString(): string
}

/** A module on the critical path of the start. */
export interface CriticalModule {
  /** The name of the module. */
  readonly module: string
  /** The time that its start hook takes, in ms. */
  readonly ms: number
}

/** A module as far as the timeline reads it. */
interface Named {
  readonly name: string
}

type Requires = ReadonlyMap<Named, readonly Named[]>

/** A step while the timeline is built. */
type OpenStep = { -readonly [K in keyof Omit<TimelineStep, 'steps'>]: TimelineStep[K] } & {
  readonly steps: OpenStep[]
}

/** Builds the timeline from events. */
export function buildTimeline(events: readonly LifecycleEvent[], requires: Requires): Timeline {
  const builder = new TimelineBuilder(events[0]?.at ?? 0)
  for (const event of events) handle(builder, event)
  const { steps, startMs } = builder
  const path = criticalPath(requires, startMs)
  const onPath = new Set(path.map((step) => step.module))
  const levels = levelsOf(requires)
  for (const step of steps.find((one) => one.name === 'start')?.steps ?? []) {
    const level = levels.get(step.name)
    if (level === undefined) continue
    step.level = level
    step.critical = onPath.has(step.name)
  }
  return {
    steps,
    criticalPath: path,
    criticalMs: path.reduce((sum, step) => sum + step.ms, 0),
    origin: events[0]?.at ?? 0,
    toString: () => render(steps, path),
  }
}

type Handlers = {
  readonly [T in LifecycleEventType]?: (builder: TimelineBuilder, event: LifecycleEventOf<T>) => void
}

/** The contribution of each event to the timeline. Other events add nothing. */
const handlers: Handlers = {
  state: (builder, { to, at }) => builder.enter(to, at),
  'module.starting': (builder, { module, at }) => builder.begin('start', module, module, at),
  'module.stopping': (builder, { module, at }) => builder.begin('stop', module, module, at),
  'module.started': (builder, { module, ms }) => {
    builder.startMs.set(module, ms)
    builder.end('start', module, ms)
  },
  'module.stopped': (builder, { module, ms }) => builder.end('stop', module, ms),
  'module.failed': (builder, { phase, module, ms }) => builder.end(phase, module, ms, 'failed'),
  'hook.starting': (builder, { phase, owner, at }) => builder.begin(phase, owner, `${phase} ${owner}`, at),
  'hook.finished': (builder, { phase, owner, ms }) => builder.end(phase, owner, ms),
  'hook.failed': (builder, { phase, owner, ms }) => builder.end(phase, owner, ms, 'failed'),
  'hook.abandoned': (builder, { phase, owner, ms }) => builder.end(phase, owner, ms, 'abandoned'),
  'hook.cancelled': (builder, { phase, owner, at }) => builder.endAt(phase, owner, at, 'cancelled'),
}

function handle<T extends LifecycleEventType>(builder: TimelineBuilder, event: LifecycleEventOf<T>): void {
  const handler = handlers[event.type as T] as ((b: TimelineBuilder, e: typeof event) => void) | undefined
  handler?.(builder, event)
}

/** The part of the timeline that begins with a state. A state that is not listed ends the current part. */
const partOf: Readonly<Record<string, string>> = {
  initializing: 'initialize',
  starting: 'start',
  draining: 'drain',
  stopping: 'stop',
}

/** The steps so far. A step that begins belongs to the part that is open. */
class TimelineBuilder {
  readonly steps: OpenStep[] = []
  /** The time that each module took to start, in ms. */
  readonly startMs = new Map<string, number>()
  readonly #origin: number
  /** The steps that have not ended, by phase and owner. */
  readonly #open = new Map<string, OpenStep>()
  #part: OpenStep | undefined

  constructor(origin: number) {
    this.#origin = origin
  }

  enter(state: string, at: number): void {
    const part = this.#part
    if (part && part.ms === undefined) part.ms = at - this.#origin - part.at
    const name = partOf[state]
    this.#part = name === undefined ? undefined : { name, at: at - this.#origin, steps: [] }
    if (this.#part) this.steps.push(this.#part)
  }

  begin(phase: string, owner: string, name: string, at: number): void {
    const step: OpenStep = { name, at: at - this.#origin, steps: [] }
    this.#open.set(keyOf(phase, owner), step)
    this.#part?.steps.push(step)
  }

  end(phase: string, owner: string, ms: number, failed?: OpenStep['failed']): void {
    const key = keyOf(phase, owner)
    const step = this.#open.get(key)
    if (!step) return
    this.#open.delete(key)
    step.ms = ms
    if (failed) step.failed = failed
  }

  endAt(phase: string, owner: string, at: number, failed: OpenStep['failed']): void {
    const step = this.#open.get(keyOf(phase, owner))
    if (step) this.end(phase, owner, at - this.#origin - step.at, failed)
  }
}

function keyOf(phase: string, owner: string): string {
  return `${phase}\0${owner}`
}

/** Returns the level of each module by name: one more than the highest level of the modules that it requires. */
export function levelsOf(requires: Requires): ReadonlyMap<string, number> {
  const levels = new Map<string, number>()
  const level = (module: Named): number => {
    const known = levels.get(module.name)
    if (known !== undefined) return known
    const own = Math.max(-1, ...(requires.get(module) ?? []).map(level)) + 1
    levels.set(module.name, own)
    return own
  }
  for (const module of requires.keys()) level(module)
  return levels
}

function criticalPath(requires: Requires, ms: ReadonlyMap<string, number>): readonly CriticalModule[] {
  const longest = new Map<Named, { total: number; after?: Named }>()
  const visit = (module: Named): number => {
    const known = longest.get(module)
    if (known) return known.total
    let after: Named | undefined
    let before = 0
    for (const required of requires.get(module) ?? []) {
      const total = visit(required)
      if (after !== undefined && total <= before) continue
      before = total
      after = required
    }
    const total = before + (ms.get(module.name) ?? 0)
    longest.set(module, { total, after })
    return total
  }
  let last: Named | undefined
  for (const module of requires.keys()) {
    if (ms.has(module.name) && (last === undefined || visit(module) > visit(last))) last = module
  }
  const path: CriticalModule[] = []
  for (let module = last; module; module = longest.get(module)?.after)
    path.unshift({ module: module.name, ms: ms.get(module.name) ?? 0 })
  return path
}

function render(steps: readonly OpenStep[], path: readonly CriticalModule[]): string {
  const lines: string[] = []
  for (const part of steps) {
    lines.push(`${part.name} ${timeOf(part)}`)
    // A hook of the initialization that took less than a millisecond and succeeded is left out.
    const shown = part.steps.filter(
      (step) => step.level !== undefined || step.failed || part.name === 'stop' || (step.ms ?? 1) >= 1,
    )
    shown.forEach((step, i) => {
      const branch = i === shown.length - 1 ? '└─' : '├─'
      const level = step.level === undefined ? '' : `  level ${step.level}`
      const failed = step.failed ? `  ${step.failed}` : ''
      const critical = step.critical ? '  critical' : ''
      lines.push(`${branch} ${step.name} ${timeOf(step)}${level}${critical}${failed}`)
    })
  }
  if (path.length > 0) {
    const total = path.reduce((sum, step) => sum + step.ms, 0)
    const modules = path.map((step) => `${step.module} ${formatDuration(step.ms)}`)
    lines.push(`critical path ${formatDuration(total)}: ${modules.join(' → ')}`)
  }
  return lines.join('\n')
}

function timeOf(step: OpenStep): string {
  return step.ms === undefined ? '…' : formatDuration(step.ms)
}
