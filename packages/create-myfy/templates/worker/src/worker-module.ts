// The workers: each takes one job after the other, until the shutdown begins. A job that was taken is finished.

import { BaseModule, type StartContext } from '@myfy/core'
import { type Job, Queue, QueueModule } from './queue-module.ts'
import { AppSettings } from './settings.ts'

export class WorkerModule extends BaseModule {
  override name = 'worker'
  override requires = [QueueModule]

  override start({ spawn, track, logger }: StartContext): void {
    const queue = this.container.get(Queue)
    const { concurrency } = this.container.get(AppSettings)
    for (let i = 1; i <= concurrency; i++) {
      // With `until: 'drain'` the signal aborts when the shutdown begins, so that no new job is taken.
      spawn(
        `consumer ${i}`,
        async (signal) => {
          for (let job = await queue.take(signal); job; job = await queue.take(signal)) {
            // The drain waits for tracked work.
            const work = track('job', String(job.id))
            try {
              await this.handle(job)
              queue.acknowledge(job)
              logger.info({ job: job.id }, 'job done')
            } finally {
              work.done()
            }
          }
        },
        { until: 'drain' },
      )
    }
  }

  /** Does the work of one job. */
  async handle(job: Job): Promise<void> {
    await Promise.resolve(job)
  }
}
