// The timeline: the steps of a life as a tree with times, and the path that decided how long the start took.

import type { Module } from '../modules/module.ts'
import { formatDuration } from '../runtime/duration.ts'
import type { LifecycleEvent } from './events.ts'

/** One step of a life. */
export interface TimelineStep {
  /** `start`, `data`, `onStartup`. */
  readonly name: string
  /** When it began, in ms since the first step. */
  readonly at: number
  /** How long it took, in ms; undefined while it goes on. */
  readonly ms?: number
  /** How it ended, if not well. */
  readonly failed?: 'failed' | 'abandoned' | 'cancelled'
  /** For a module: its level, 0 for one that requires no other. */
  readonly level?: number
  /** Whether it lies on the critical path. */
  readonly critical?: boolean
  /** What it consists of. */
  readonly steps: readonly TimelineStep[]
}

/** What {@link Application.timeline} gives. */
export interface Timeline {
  /** Initialize, start, drain, stop, as far as they have come. */
  readonly steps: readonly TimelineStep[]
  /**
   * The chain of modules, each requiring the one before, that takes longest to start: what `levels` could not go
   * below. The first is the first to start.
   */
  readonly criticalPath: ReadonlyArray<{ readonly module: string; readonly ms: number }>
  /** How long the critical path takes, in ms. */
  readonly criticalMs: number
  /** The tree as text, for people. */
  toString(): string
}

interface Building {
  name: string
  at: number
  ms?: number
  failed?: 'failed' | 'abandoned' | 'cancelled'
  level?: number
  critical?: boolean
  steps: Building[]
}

const parts: Readonly<Record<string, string>> = {
  initializing: 'initialize',
  starting: 'start',
  running: '',
  draining: 'drain',
  stopping: 'stop',
  failed: '',
  stopped: '',
  initialized: '',
}

/** Builds the timeline out of the events so far. */
export function buildTimeline(
  events: readonly LifecycleEvent[],
  requires: ReadonlyMap<Module, readonly Module[]>,
): Timeline {
  const origin = events[0]?.at ?? 0
  const steps: Building[] = []
  const open = new Map<string, Building>()
  const startMs = new Map<string, number>()
  let part: Building | undefined

  const begin = (key: string, name: string, at: number) => {
    const step: Building = { name, at: at - origin, steps: [] }
    open.set(key, step)
    part?.steps.push(step)
  }
  const end = (key: string, ms: number, failed?: Building['failed']) => {
    const step = open.get(key)
    if (!step) return
    open.delete(key)
    step.ms = ms
    if (failed) step.failed = failed
  }

  for (const event of events) {
    switch (event.type) {
      case 'state': {
        if (part && part.ms === undefined) part.ms = event.at - origin - part.at
        const name = parts[event.to]
        part = name ? { name, at: event.at - origin, steps: [] } : undefined
        if (part) steps.push(part)
        break
      }
      case 'module.starting':
        begin(`start ${event.module}`, event.module, event.at)
        break
      case 'module.started':
        startMs.set(event.module, event.ms)
        end(`start ${event.module}`, event.ms)
        break
      case 'module.stopping':
        begin(`stop ${event.module}`, event.module, event.at)
        break
      case 'module.stopped':
        end(`stop ${event.module}`, event.ms)
        break
      case 'module.failed':
        end(`${event.phase} ${event.module}`, event.ms, 'failed')
        break
      case 'hook.starting':
        begin(`${event.phase} ${event.owner}`, `${event.phase} ${event.owner}`, event.at)
        break
      case 'hook.finished':
        end(`${event.phase} ${event.owner}`, event.ms)
        break
      case 'hook.failed':
        end(`${event.phase} ${event.owner}`, event.ms, 'failed')
        break
      case 'hook.abandoned':
        end(`${event.phase} ${event.owner}`, event.ms, 'abandoned')
        break
      case 'hook.cancelled':
        end(
          `${event.phase} ${event.owner}`,
          event.at - origin - (open.get(`${event.phase} ${event.owner}`)?.at ?? 0),
          'cancelled',
        )
        break
      default:
    }
  }

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
    toString: () => render(steps, path),
  }
}

/** The level of each module by name: one more than the highest of those it requires. */
export function levelsOf(requires: ReadonlyMap<Module, readonly Module[]>): ReadonlyMap<string, number> {
  const levels = new Map<string, number>()
  const level = (module: Module): number => {
    const known = levels.get(module.name)
    if (known !== undefined) return known
    const own = Math.max(-1, ...(requires.get(module) ?? []).map(level)) + 1
    levels.set(module.name, own)
    return own
  }
  for (const module of requires.keys()) level(module)
  return levels
}

function criticalPath(requires: ReadonlyMap<Module, readonly Module[]>, ms: ReadonlyMap<string, number>) {
  const best = new Map<Module, { total: number; before?: Module }>()
  const visit = (module: Module): number => {
    const known = best.get(module)
    if (known) return known.total
    let before: Module | undefined
    let longest = 0
    for (const required of requires.get(module) ?? []) {
      const total = visit(required)
      if (before === undefined || total > longest) {
        longest = total
        before = required
      }
    }
    const total = longest + (ms.get(module.name) ?? 0)
    best.set(module, { total, before })
    return total
  }
  let last: Module | undefined
  for (const module of requires.keys()) {
    if (ms.has(module.name) && (last === undefined || visit(module) > visit(last))) last = module
  }
  const path: Array<{ module: string; ms: number }> = []
  for (let module = last; module; module = best.get(module)?.before)
    path.unshift({ module: module.name, ms: ms.get(module.name) ?? 0 })
  return path
}

function render(steps: readonly Building[], path: ReadonlyArray<{ module: string; ms: number }>): string {
  const lines: string[] = []
  for (const part of steps) {
    lines.push(`${part.name} ${part.ms === undefined ? '…' : formatDuration(part.ms)}`)
    // What a module did in a millisecond while it was configured is no news; what took long or failed is.
    const shown = part.steps.filter(
      (step) => step.level !== undefined || step.failed || part.name === 'stop' || (step.ms ?? 1) >= 1,
    )
    shown.forEach((step, i) => {
      const branch = i === shown.length - 1 ? '└─' : '├─'
      const level = step.level === undefined ? '' : `  level ${step.level}`
      const how = step.failed ? `  ${step.failed}` : ''
      lines.push(
        `${branch} ${step.name} ${step.ms === undefined ? '…' : formatDuration(step.ms)}${level}${step.critical ? '  critical' : ''}${how}`,
      )
    })
  }
  if (path.length > 0) {
    const total = path.reduce((sum, step) => sum + step.ms, 0)
    lines.push(
      `critical path ${formatDuration(total)}: ${path.map((step) => `${step.module} ${formatDuration(step.ms)}`).join(' → ')}`,
    )
  }
  return lines.join('\n')
}
