// What the module tells `myfy plan` and `myfy doctor`. Nothing is opened.

import type { Diagnostic, PlanEntry, ShutdownBudget } from '@myfy/core'
import { formatDuration, plural } from '@myfy/core/runtime'
import type { TaskList } from './definition/task-list.ts'
import type { TaskStore } from './engine/task-engine.ts'

/** Returns the queues and the schedules. `store` is the place of jobs beside the database. */
export function taskPlan({ all }: TaskList, store: TaskStore | undefined): readonly PlanEntry[] {
  const place = store ? `, in ${store.label}` : ''
  const queues = all.map(({ name, concurrency, timeout, retry }) => ({
    kind: 'queue',
    name,
    detail: `${concurrency} at a time, at most ${formatDuration(timeout)} each, ${plural(retry, 'further attempt')}${place}`,
  }))
  const schedules = all.flatMap(({ name, schedule }) => {
    if (!schedule) return []
    const { cron, timeZone = 'UTC', missed = 'skip' } = schedule
    const late = missed === 'run' ? 'a missed time is run once' : 'missed times are skipped'
    return [{ kind: 'schedule', name, detail: `${cron} (${timeZone}), by one replica; ${late}` }]
  })
  return [...queues, ...schedules]
}

/** Returns a warning if a task may take longer than the drain. */
export function diagnoseTasks({ all }: TaskList, { drain }: ShutdownBudget): readonly Diagnostic[] {
  const long = all.filter(({ timeout }) => timeout > drain)
  if (long.length === 0)
    return [
      { check: 'tasks', severity: 'ok', message: `${plural(all.length, 'task')}, each within the drain` },
    ]
  const names = long.map(({ name, timeout }) => `${name} (${formatDuration(timeout)})`).join(', ')
  return [
    {
      check: 'tasks',
      severity: 'warning',
      message: `a job may take longer than the drain of ${formatDuration(drain)}, which hands it back and runs it again elsewhere: ${names}`,
      remedy: 'reduce `timeout` of the task, or raise `shutdown.drain` and the grace period of the platform',
    },
  ]
}
