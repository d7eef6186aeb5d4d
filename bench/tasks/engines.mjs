// The engines of tasks that are compared. Each sends, runs a handler that does nothing, and stops.

const dist = (name) => new URL(`../../packages/${name}/dist/index.js`, import.meta.url).href
const silent = { debug() {}, info() {}, warn() {}, error: (_, message) => console.error(message) }

/** The number of jobs that each engine runs at a time. */
export const CONCURRENCY = 20

export const engines = {
  /** A task without a transaction of its own, sent by itself. */
  async myfy({ url, onJob }) {
    const [{ Application }, { DataModule }, { defineTask, TaskQueue, TasksModule }, { z }] =
      await Promise.all([import(dist('core')), import(dist('data')), import(dist('tasks')), import('zod')])
    const task = defineTask(
      { name: 'job', input: z.object({ at: z.number() }), concurrency: CONCURRENCY },
      ({ input }) => onJob(input),
    )
    const start = async (worker) => {
      const modules = [new DataModule({ url, pool: CONCURRENCY }), new TasksModule({ tasks: [task], worker })]
      const app = new Application({ modules, logger: silent })
      await app.startModules()
      return app
    }
    const sender = await start(false)
    const queue = sender.container.get(TaskQueue)
    let running
    return {
      send: (input) => queue.send(task, input),
      work: async () => {
        running = await start(true)
      },
      async stop() {
        await running?.stopModules()
        await sender.stopModules()
      },
    }
  },

  async 'pg-boss'({ url, onJob }) {
    const { PgBoss } = await import('pg-boss')
    const boss = new PgBoss({ connectionString: url, max: CONCURRENCY, useListenNotify: true })
    boss.on('error', console.error)
    await boss.start()
    await boss.createQueue('job', { notify: true })
    return {
      send: (input) => boss.send('job', input),
      work: () =>
        // One worker that takes 20 jobs at a time, and looks again at once while there are as many: 20 workers that take one
        // job each wait for their next poll after each job.
        boss.work(
          'job',
          {
            batchSize: CONCURRENCY,
            burstWhenBatchFull: true,
            perJobResults: true,
            pollingIntervalSeconds: 0.5,
            notifyPollingIntervalSeconds: 0.5,
          },
          async (batch) => {
            await Promise.all(batch.map(({ data }) => onJob(data)))
            return batch.map(({ id }) => ({ id, status: 'completed' }))
          },
        ),
      stop: () => boss.stop({ graceful: false }),
    }
  },

  async 'graphile-worker'({ url, onJob }) {
    const { Logger, makeWorkerUtils, run } = await import('graphile-worker')
    const logger = new Logger(() => (level, message) => {
      if (level === 'error') console.error(message)
    })
    const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: CONCURRENCY, logger })
    await utils.migrate()
    let runner
    return {
      send: (input) => utils.addJob('job', input),
      work: async () => {
        runner = await run({
          connectionString: url,
          concurrency: CONCURRENCY,
          maxPoolSize: CONCURRENCY,
          noHandleSignals: true,
          logger,
          taskList: { job: async (input) => onJob(input) },
        })
      },
      async stop() {
        await runner?.stop()
        await utils.release()
      },
    }
  },

  async BullMQ({ redis, name, onJob }) {
    const { Queue, Worker } = await import('bullmq')
    const { Redis } = await import('ioredis')
    const connection = new Redis(redis, { maxRetriesPerRequest: null })
    const queue = new Queue(name, { connection })
    let worker
    return {
      send: (input) => queue.add('job', input),
      work: async () => {
        worker = new Worker(name, async ({ data }) => onJob(data), { connection, concurrency: CONCURRENCY })
        await worker.waitUntilReady()
      },
      async stop() {
        await worker?.close()
        await queue.obliterate({ force: true })
        await queue.close()
        connection.disconnect()
      },
    }
  },
}
