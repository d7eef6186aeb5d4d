// The start and the stop of an application as traces: one root each, with the steps of `app.timeline()`.

import type { Timeline, TimelineStep } from '@myfy/core'
import { type Context, ROOT_CONTEXT, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'

/** The times of one trace, in ms since the epoch. */
interface Times {
  /** The time of the first step of the timeline. */
  readonly origin: number
  readonly now: number
}

/**
 * Makes a trace of some parts of a timeline. The spans of the modules on the critical path have the attribute
 * `myfy.critical_path`; the root of a start has the path itself and its time.
 */
export function traceLifecycle(
  tracer: Tracer,
  name: string,
  timeline: Timeline,
  parts: readonly string[],
  { origin, now }: Times,
): void {
  const steps = timeline.steps.filter((step) => parts.includes(step.name))
  if (steps.length === 0) return
  const isStart = parts.includes('start')
  const attributes = isStart
    ? {
        'myfy.critical_path.modules': timeline.criticalPath.map(({ module }) => module),
        'myfy.critical_path.duration_ms': timeline.criticalMs,
      }
    : {}
  const startTime = origin + Math.min(...steps.map((step) => step.at))
  // Whatever began it: a stop after an error in a request is not part of that request.
  const root = tracer.startSpan(name, { startTime, attributes }, ROOT_CONTEXT)
  const inside = trace.setSpan(ROOT_CONTEXT, root)
  const ends = steps.map((step) => traceStep(tracer, step, inside, origin, now))
  if (steps.some(hasFailed)) root.setStatus({ code: SpanStatusCode.ERROR })
  root.end(Math.max(...ends))
}

/** Makes the span of a step, and of the steps that it consists of. Returns its end. */
function traceStep(tracer: Tracer, step: TimelineStep, parent: Context, origin: number, now: number): number {
  const startTime = origin + step.at
  const attributes = {
    ...(step.level !== undefined && { 'myfy.level': step.level }),
    ...(step.critical && { 'myfy.critical_path': true }),
  }
  const span = tracer.startSpan(step.name, { startTime, attributes }, parent)
  const inside = trace.setSpan(parent, span)
  const ends = step.steps.map((inner) => traceStep(tracer, inner, inside, origin, now))
  const end = Math.max(step.ms === undefined ? now : startTime + step.ms, ...ends)
  if (step.failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: step.failed })
  span.end(end)
  return end
}

const hasFailed = (step: TimelineStep): boolean => step.failed !== undefined || step.steps.some(hasFailed)
