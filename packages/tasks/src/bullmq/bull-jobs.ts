// Jobs of BullMQ as rows.

import type { Job } from 'bullmq'
import type { JobRow } from '../engine/job-row.ts'

/** The states of BullMQ in which a job is in ours. A job that waits after a failure is in `retry`. */
export const BULL_STATES = {
  created: ['waiting', 'prioritized', 'delayed'],
  retry: ['waiting', 'prioritized', 'delayed'],
  active: ['active'],
  completed: ['completed'],
  cancelled: [],
  failed: ['failed'],
} as const

/** Returns the state of a job of BullMQ. */
export function stateOf(state: string, attemptsMade: number): JobRow['state'] {
  if (state === 'active' || state === 'completed' || state === 'failed') return state
  return attemptsMade > 0 ? 'retry' : 'created'
}

/** Returns a job as a row. */
export function rowOf(job: Job, bullState: string): JobRow {
  const state = stateOf(bullState, job.attemptsMade)
  const date = (ms: number | undefined) => (ms ? new Date(ms) : null)
  return {
    id: job.id!,
    name: job.queueName,
    state,
    input: job.data,
    attempts: job.attemptsMade - (state === 'completed' ? 1 : 0),
    startAfter: new Date(job.timestamp + (job.delay ?? 0)),
    createdOn: new Date(job.timestamp),
    startedOn: date(job.processedOn),
    completedOn: date(job.finishedOn),
    output: outputOf(job, state),
  }
}

function outputOf(job: Job, state: JobRow['state']): unknown {
  if (state === 'completed') return job.returnvalue ?? null
  if (job.failedReason === undefined) return null
  return { message: job.failedReason, stack: job.stacktrace?.at(-1) }
}
