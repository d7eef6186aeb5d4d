// The schedules of tasks as job schedulers of BullMQ, which keep the next job of each in the queue.

import type { AnyTask } from '../definition/task-list.ts'
import { type BullQueues, jobOptions } from './bull-queues.ts'

/** Sets the schedules of tasks, and removes those of tasks that have none any more. */
export async function prepareSchedules(queues: BullQueues, tasks: readonly AnyTask[]): Promise<void> {
  for (const task of tasks) {
    const { name, schedule } = task
    const queue = queues.queue(name)
    const known = await queue.getJobScheduler(name)
    if (!schedule) {
      if (known) await queue.removeJobScheduler(name)
      continue
    }
    const { cron, timeZone = 'UTC', input, missed = 'skip' } = schedule
    const isSame =
      known?.pattern === cron &&
      known.tz === timeZone &&
      JSON.stringify(known.template?.data) === JSON.stringify({ input })
    // The job of a time that was missed is still in the queue, and runs once. Setting the schedule again removes it.
    if (isSame && (missed === 'run' || (known.next ?? 0) > Date.now())) continue
    const { attempts, backoff, removeOnComplete, removeOnFail } = jobOptions(task)
    await queue.upsertJobScheduler(
      name,
      { pattern: cron, tz: timeZone },
      {
        name,
        data: { input },
        opts: {
          attempts: attempts!,
          backoff: backoff!,
          removeOnComplete: removeOnComplete!,
          removeOnFail: removeOnFail!,
        },
      },
    )
  }
}
