// What is particular to jobs in Redis: refused tasks and options, a server that is away, schedules, processes that are gone.

import { randomBytes } from 'node:crypto'
import { Application, type Logger } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { canRunRedis, OwnRedis } from '../../../apps/starter/test/own-servers.ts'
import { bullmq } from '../src/bullmq/index.ts'
import { defineTask, TaskQueue, Tasks, TasksModule } from '../src/index.ts'
import { hasRedis, redisUrl, removeKeys } from './stores.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
const plain = defineTask({ name: 'plain', input: z.object({}), transaction: false }, () => {})
const transactional = defineTask({ name: 'transactional', input: z.object({}) }, () => {})

describe('jobs in Redis are refused', () => {
  test.each([
    [
      'an option that does not exist',
      { url: redisUrl, prefx: 'a' },
      /option 'prefx' of bullmq.*Write prefix/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => bullmq(options)).toThrow(message)
  })

  test.each([
    ['a URL of another kind of server', { url: 'postgres://127.0.0.1' }, /option url of bullmq: it is not/],
    ['no URL', { url: undefined as never }, /option url of bullmq: it is not the URL of a Redis server/],
    [
      'a prefix with a colon',
      { url: redisUrl, prefix: 'a:b' },
      /option prefix of bullmq: it is not of letters/,
    ],
  ])('%s, when the application starts', async (_, options, message) => {
    const modules = [new TasksModule({ tasks: [plain], engine: bullmq(options) })]
    await expect(createTestApp({ modules })).rejects.toThrow(message)
  })

  test('tasks that end in a transaction', () => {
    const engine = bullmq({ url: redisUrl })
    expect(() => {
      // @ts-expect-error its jobs end in a transaction
      new TasksModule({ tasks: [transactional], engine })
    }).toThrow(/Cannot keep the task transactional in Redis: .*Declare it with transaction: false/)
  })

  test('a handler that asks for the session of such a task, by its types', () => {
    const options = { name: 'x', input: z.object({}), transaction: false } as const
    // @ts-expect-error it has none
    defineTask(options, ({ session }) => session)
  })

  test.skipIf(!hasRedis)('routes that send in a transaction', async () => {
    const routes = defineRoutes('', (route) => {
      // @ts-expect-error the job is no part of the transaction
      route.post('/', { inject: { tasks: Tasks } }, ({ tasks }) => tasks.send(plain, {}))
    })
    const modules = [
      new TasksModule({ tasks: [plain], engine: bullmq({ url: redisUrl }) }),
      new WebModule({ routes: [routes] }),
    ]
    await expect(createTestApp({ modules })).rejects.toThrow(/Tasks/)
  })

  test('a server that is not there', async () => {
    const modules = [new TasksModule({ tasks: [plain], engine: bullmq({ url: 'redis://127.0.0.1:1' }) })]
    await expect(createTestApp({ modules })).rejects.toThrow(
      /Redis at 127\.0\.0\.1:1 does not answer.*Check that the server runs/,
    )
  })
})

describe.skipIf(!hasRedis)('a schedule in Redis', () => {
  const prefix = `myfy-test-${randomBytes(6).toString('hex')}`
  afterEach(() => removeKeys(prefix))
  const engine = bullmq({ url: redisUrl, prefix })
  const scheduled = (missed: 'run' | 'skip', cron = '30 2 * * *') =>
    defineTask(
      {
        name: 'nightly',
        input: z.object({}),
        transaction: false,
        schedule: { cron, timeZone: 'Europe/Berlin', input: {}, missed },
      },
      () => 'ran',
    )
  const start = (tasks: Parameters<typeof scheduled> | undefined) =>
    createTestApp({
      modules: [new TasksModule({ tasks: tasks ? [scheduled(...tasks)] : [plain], engine })],
      logger: quiet,
    })
  const withQueue = async <T>(run: (queue: Queue) => Promise<T>): Promise<T> => {
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
    const queue = new Queue('nightly', { connection, prefix })
    try {
      return await run(queue)
    } finally {
      await queue.close()
      connection.disconnect()
    }
  }
  test('waits for its time in its zone, is no job that was sent, and goes with its task', async () => {
    const first = await start(['skip'])
    expect(await first.tasks.drain()).toEqual([])
    expect(await first.container.get(TaskQueue).engine.count()).toEqual([])
    const next = await withQueue(async (queue) => (await queue.getJobScheduler('nightly'))?.next)
    const time = new Intl.DateTimeFormat('de', {
      timeZone: 'Europe/Berlin',
      hour: 'numeric',
      minute: 'numeric',
    }).format(next)
    expect(time).toBe('02:30')
    await first.stopModules()
    const none = defineTask({ name: 'nightly', input: z.object({}), transaction: false }, () => {})
    const second = await createTestApp({ modules: [new TasksModule({ tasks: [none], engine })] })
    expect(await withQueue((queue) => queue.getJobSchedulersCount())).toBe(0)
    await second.stopModules()
  })

  test.each([
    ['run', 1],
    ['skip', 0],
  ] as const)(
    'that was missed while no process ran, with missed: %s, runs %i times',
    async (missed, times) => {
      // Two nights ago.
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 86_400_000 })
      await (await start([missed])).stopModules()
      vi.useRealTimers()
      const module = new TasksModule({ tasks: [scheduled(missed)], engine })
      const app = new Application({ modules: [module], logger: quiet })
      await app.startModules()
      const { engine: running } = app.container.get(TaskQueue)
      await expect.poll(async () => (await running.list({ state: 'completed', limit: 9 })).length).toBe(times)
      expect(await withQueue((queue) => queue.getJobSchedulersCount())).toBe(1)
      await app.stopModules()
    },
  )
})

describe.skipIf(!canRunRedis)('a Redis server', () => {
  const create = async () => {
    const server = await OwnRedis.create()
    onTestFinished(() => server.remove())
    await server.start()
    return server
  }

  it('that deletes keys when its memory is full is refused', async () => {
    const server = await create()
    const redis = new Redis(server.url)
    await redis.config('SET', 'maxmemory', '100mb')
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    redis.disconnect()
    const modules = [new TasksModule({ tasks: [plain], engine: bullmq({ url: server.url }) })]
    await expect(createTestApp({ modules })).rejects.toThrow(
      /maxmemory-policy allkeys-lru.*Set maxmemory-policy noeviction/,
    )
  })

  it('that goes away makes requests that send fail with 503 and readiness fail, and all recovers by itself', async () => {
    const server = await create()
    const ran: string[] = []
    const note = defineTask(
      { name: 'note', input: z.object({ text: z.string() }), transaction: false },
      ({ input }) => void ran.push(input.text),
    )
    const routes = defineRoutes('', (route) => {
      route.post('/:text', { inject: { queue: TaskQueue } }, async ({ queue, params }) => {
        await queue.send(note, params)
      })
    })
    const client = await createTestClient({
      routes: [routes],
      modules: [new TasksModule({ tasks: [note], engine: bullmq({ url: server.url }) })],
    })
    onTestFinished(() => client.close())
    expect((await client.post('/before')).status).toBe(204)
    await expect.poll(() => ran).toEqual(['before'])
    await server.stop('SIGKILL')
    const refused = await client.post('/meanwhile')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    await expect.poll(async () => (await client.app.health()).healthy).toBe(false)
    await server.start()
    await expect.poll(async () => (await client.app.health()).healthy).toBe(true)
    expect((await client.post('/after')).status).toBe(204)
    await expect.poll(() => ran).toEqual(['before', 'after'])
  })
})
