// The story of a schedule: what happened, in the order in which it happened, for people.

import type { LifecycleEvent } from '../../events/events.ts'
import { formatDuration } from '../../runtime/duration.ts'
import { ExitCode } from '../../runtime/process-exit.ts'
import { messageOf } from '../../runtime/thrown.ts'
import type { Move } from './schedule/choice.ts'
import type { Schedule } from './schedule/schedule.ts'

type Mark = ' ' | '!' | '✗'

/** Returns the story of a schedule that has run, one line each. The lines of what is unusual are marked with `!`. */
export function tellStory(schedule: Schedule): readonly string[] {
  const { moves, times: moved, departures, fired } = schedule.state
  const { log, problems } = schedule.world
  const unusual = new Set(departures.map(({ step }) => step))
  const lines: Array<{ readonly mark: Mark; readonly at: number; readonly text: string }> = []
  let [event, at] = [0, 0]
  const tellUntil = (step: number) => {
    for (; event < log.length && schedule.movesBefore[event]! <= step; event++) {
      at = log[event]!.at
      const text = textOfEvent(log[event]!)
      if (text) lines.push({ mark: ' ', at, text: `  ${text}` })
    }
    for (const problem of problems)
      if (problem.step === step) lines.push({ mark: '✗', at, text: problem.text })
  }
  tellUntil(0)
  for (const [step, move] of moves.entries()) {
    // A timer fires at the end of the time that passes.
    at = (fired.has(step) ? moved[step + 1] : undefined) ?? moved[step]!
    const passed = (moved[step + 1] ?? moved[step]!) - moved[step]!
    const text = textOfMove(move, unusual.has(step), fired.get(step), passed)
    const isSilent = text === undefined || (isRepeated(moves, step) && !unusual.has(step))
    if (!isSilent) lines.push({ mark: unusual.has(step) ? '!' : ' ', at, text })
    tellUntil(step + 1)
  }
  const times = lines.map((line, i) => (i > 0 && lines[i - 1]!.at === line.at ? '' : formatDuration(line.at)))
  const width = Math.max(...times.map((time) => time.length), 0)
  return lines.map(({ mark, text }, i) => `${mark} ${times[i]!.padStart(width)}  ${text}`.trimEnd())
}

function textOfMove(
  { kind, id, owner }: Move,
  isUnusual: boolean,
  timer: string | undefined,
  passed: number,
): string | undefined {
  const hook = id.slice(kind.length + 1)
  switch (kind) {
    case 'begin':
      return `${hook} runs${isUnusual ? ', before the others' : ''}`
    case 'end':
      return isUnusual ? `${hook} ends, before the others` : undefined
    case 'step':
      return `${id} is done`
    case 'fail':
      return `${hook} fails`
    case 'hang':
      return `${hook} hangs`
    case 'slow':
      return `${hook} takes ${formatDuration(passed)}`
    case 'late':
      return `${hook} continues`
    case 'time':
      if (timer) return `${timer} fires${isUnusual ? ', before the others' : ''}`
      return isUnusual ? 'time passes before anything else happens' : undefined
    case 'signal':
      return `the process receives ${id}`
    case 'request':
      return `${owner.replace('request ', "the request '")}' arrives`
  }
}

/** Time that passes again and again gets one line. */
function isRepeated(moves: readonly Move[], step: number): boolean {
  return moves[step]!.kind === 'time' && moves[step - 1]?.kind === 'time'
}

/** The meanings of the exit codes of an application that did not end as it should. */
const meanings: Readonly<Record<number, string>> = {
  [ExitCode.failed]: ': it has failed',
  [ExitCode.incomplete]: ': something has failed or was cut in the stop',
}

function textOfEvent(event: LifecycleEvent): string | undefined {
  switch (event.type) {
    case 'module.started':
      return `${event.module} has started`
    case 'module.stopped':
      return `${event.module} has stopped`
    case 'module.failed':
      return `${event.phase} of ${event.module} has failed: ${messageOf(event.error)}`
    case 'hook.failed':
      return `${event.phase} of ${event.owner} has failed: ${messageOf(event.error)}`
    case 'hook.cancelled':
      return `${event.phase} of ${event.owner} is cancelled`
    case 'hook.abandoned':
      return `${event.phase} of ${event.owner} is abandoned after ${formatDuration(event.ms)}`
    case 'hook.settledLate':
      return `${event.phase} of ${event.owner} ends too late`
    case 'task.failed':
      return `task ${event.task} of ${event.module} has failed: ${messageOf(event.error)}`
    case 'task.refused':
      return `task ${event.task} of ${event.module} is refused`
    case 'ready':
      return 'the application is ready'
    case 'failed':
      return 'the start has failed'
    case 'rollback':
      return event.modules.length > 0 ? `what has started is stopped: ${event.modules.join(', ')}` : undefined
    case 'stop.requested':
      return 'the stop begins'
    case 'drain.blocked':
      return `the drain cuts ${event.work.join(', ')}`
    case 'fatal':
      return `fatal error: ${messageOf(event.error)}`
    case 'stopped':
      return `the application has stopped, exit code ${event.code}${meanings[event.code] ?? ''}`
    default:
      return undefined
  }
}
