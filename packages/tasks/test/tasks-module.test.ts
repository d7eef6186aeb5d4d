import { channel } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, type Logger } from '@myfy/core'
import { Database, DataModule } from '@myfy/data'
import { singleton } from '@myfy/di'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { backends, type Place } from '../../data/test/databases.ts'
import { type AnyTask, defineTask, TaskQueue, Tasks, TasksModule } from '../src/index.ts'
import { testTasks } from '../src/testing/index.ts'
import { Journal } from './journal.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
const migrations = { '0001-effects': 'create table effects (text text not null)' }

const journal = singleton(() => new Journal())

const write = defineTask(
  {
    name: 'write',
    input: z.object({ text: z.string(), failures: z.number().default(0) }),
    inject: { journal },
  },
  async ({ input, attempt, session, journal }) => {
    await session.execute('insert into effects (text) values ($1)', [input.text])
    journal.add(`${input.text} ${attempt}`)
    if (attempt <= input.failures) throw new Error(`failure ${attempt}`)
    return `wrote ${input.text}`
  },
)
const stuck = defineTask(
  { name: 'stuck', input: z.object({ text: z.string() }), inject: { journal } },
  async ({ input, signal, session, journal }) => {
    await session.execute('insert into effects (text) values ($1)', [input.text])
    journal.add('stuck')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
)

const routes = defineRoutes('', (route) => {
  route.post('/sent/:text', { inject: { tasks: Tasks } }, async ({ tasks, params }) => {
    await tasks.send(write, { text: params.text })
    if (params.text === 'refused') throw new Error('after the send')
  })
})

describe.each(backends)('tasks on %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  let place: Place
  let client: TestClient
  beforeAll(async () => {
    if (!backend.reachable) return
    place = await backend.create()
    const modules = [
      new DataModule({ ...place.options, migrations }),
      new TasksModule({ tasks: [write, stuck], worker: false }),
      new WebModule({ routes: [routes] }),
    ]
    client = await createTestClient(new Application({ modules, logger: quiet }) as Application)
  })
  afterAll(async () => {
    await client?.close()
    await place?.remove()
  })
  const database = () => client.app.container.get(Database)
  const queue = () => client.app.container.get(TaskQueue)
  afterEach(async () => {
    if (backend.reachable) await database().script('delete from myfy_tasks.job; delete from effects')
  })
  const effects = async () =>
    (await database().execute<{ text: string }>('select text from effects')).rows.map(({ text }) => text)

  each('sent in a request exist if it commits, and only then', async () => {
    expect((await client.post('/sent/kept')).status).toBe(204)
    expect((await client.post('/sent/refused')).status).toBe(500)
    const tasks = testTasks(client.app)
    expect(await tasks.sent(write)).toEqual([{ text: 'kept' }])
    expect(await tasks.drain()).toMatchObject([{ state: 'completed', output: { result: 'wrote kept' } }])
    expect(await effects()).toEqual(['kept'])
  })

  each('that fail are repeated without a trace of the failed attempts, then keep their error', async () => {
    await queue().send(write, { text: 'twice', failures: 1 })
    await queue().send(write, { text: 'never', failures: 9 })
    const jobs = await testTasks(client.app).drain()
    const ended = jobs.filter(({ state }) => state === 'completed' || state === 'failed')
    expect(ended.map(({ state, attempts }) => [state, attempts]).sort()).toEqual([
      ['completed', 1],
      ['failed', 2],
    ])
    expect(ended.find(({ state }) => state === 'failed')?.output).toMatchObject({ message: 'failure 3' })
    expect(await effects()).toEqual(['twice'])
  })

  each('with a key are sent once, and with a delay have a later time', async () => {
    expect(await queue().send(write, { text: 'a' }, { key: 'k' })).toBeTypeOf('string')
    expect(await queue().send(write, { text: 'b' }, { key: 'k' })).toBeUndefined()
    await queue().send(write, { text: 'late' }, { delay: '1h' })
    const { rows } = await database().execute(
      "select count(*)::int as late from myfy_tasks.job where start_after > now() + interval '59 minutes'",
    )
    expect(rows).toEqual([{ late: 1 }])
    expect((await testTasks(client.app).drain()).length).toBe(2)
  })

  each('are refused when no module registers them, and when the schema refuses the input', async () => {
    const other = defineTask({ name: 'other', input: z.object({}) }, () => {})
    await expect(queue().send(other, {})).rejects.toMatchObject({ code: 'MYFY_TASK_UNREGISTERED' })
    await expect(queue().send(write, { text: 7 } as never)).rejects.toMatchObject({ code: 'MYFY_TASK_INPUT' })
  })

  each('whose stored input no longer fits have failed with the reason, and are not repeated', async () => {
    // As an earlier version of the application would have sent it.
    await queue().engine.send({
      task: write,
      content: { input: { old: true } },
      startAfter: undefined,
      priority: undefined,
      key: undefined,
    })
    expect(await testTasks(client.app).drain()).toMatchObject([
      { state: 'failed', output: { code: 'MYFY_TASK_INPUT' } },
    ])
  })
})

describe.each(backends)('a worker on %s', (_, backend) => {
  it.skipIf(!backend.reachable)(
    'runs jobs as they are sent, and hands back those that do not end in a drain, without an effect',
    async () => {
      const place = await backend.create()
      const data = () => new DataModule({ ...place.options, migrations })
      const app = new Application({
        modules: [data(), new TasksModule({ tasks: [write, stuck] })],
        shutdown: { drain: 700 },
        logger: quiet,
      })
      await app.startModules()
      const queue = app.container.get(TaskQueue)
      await queue.send(write, { text: 'now' })
      await app.container.get(journal).until(1)
      await queue.send(stuck, { text: 'stuck' })
      await app.container.get(journal).until(2)
      // The journal tells of the handler of the first job: its end may still be stored while the second one runs.
      await expect
        .poll(() => app.inFlight.list(), { timeout: 30_000 })
        .toMatchObject([{ kind: 'task', label: 'task stuck' }])
      if (backend.kind === 'embedded') {
        await app.stopModules()
        return
      }
      const other = new Application({
        modules: [data(), new TasksModule({ tasks: [write, stuck] })],
        shutdown: { drain: 700 },
        logger: quiet,
      })
      await other.startModules()
      await app.stopModules()
      // Taken up elsewhere, as the first attempt: the hand-back has cost none.
      await other.container.get(journal).until(1)
      const { rows } = await other.container
        .get(Database)
        .execute(
          "select state::text as state, retry_count as retries from myfy_tasks.job where name = 'stuck'",
        )
      expect(rows).toEqual([{ state: 'active', retries: 0 }])
      expect((await other.container.get(Database).execute('select text from effects')).rows).toEqual([
        { text: 'now' },
      ])
      await other.stopModules()
      await place.remove()
    },
  )
})

test.each([
  ['a name that is no queue', { name: 'a b' }, /the name is not of letters/],
  ['a negative number of attempts', { retry: -1 }, /retry is not a whole number/],
  ['no concurrency', { concurrency: 0 }, /concurrency is not a whole number/],
  ['no schema', { input: {} }, /input is not a Standard Schema/],
  ['a service that hides the job', { inject: { input: journal } }, /'input' is a part of the job/],
])('a task with %s is refused', (_, options, message) => {
  const declare = () => defineTask({ name: 'x', input: z.object({}), ...options } as never, () => {})
  expect(declare).toThrow(message)
})

test('the lines of a job have its id, and the id of the request that sent it', async () => {
  const lines: object[] = []
  const logger = {
    ...quiet,
    info: (fields: object, message: string) => void lines.push({ ...fields, message }),
    error: ({ err: _, ...fields }: { err?: unknown }, message: string) =>
      void lines.push({ ...fields, message }),
  }
  const greet = defineTask({ name: 'greet', input: z.object({}), retry: 0 }, ({ logger }) => {
    logger.info({}, 'hello')
    throw new Error('no')
  })
  const app = new Application({
    logger,
    modules: [new DataModule({ directory: 'memory://' }), new TasksModule({ tasks: [greet], worker: false })],
  })
  await app.startModules()
  // A tracer that answers with the example of W3C Trace Context, section 3.2.
  const tracer = channel('myfy:propagate')
  const inject = (headers: unknown) =>
    void Object.assign(headers as object, {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    })
  tracer.subscribe(inject)
  const traced = await app.container.get(TaskQueue).send(greet, {})
  tracer.unsubscribe(inject)
  await testTasks(app)
    .drain()
    .catch(() => {})
  const plain = await app.container.get(TaskQueue).send(greet, {})
  await testTasks(app)
    .drain()
    .catch(() => {})
  const id = '4bf92f3577b34da6a3ce929d0e0e4736'
  const failed = { attempt: 1, message: 'the task greet failed' }
  expect(lines.filter((line) => 'job' in line)).toEqual([
    { id, task: 'greet', job: traced, message: 'hello' },
    { id, task: 'greet', job: traced, ...failed },
    { task: 'greet', job: plain, message: 'hello' },
    { task: 'greet', job: plain, ...failed },
  ])
  await app.stopModules()
})

test('a schedule whose input its schema refuses is refused at the start', async () => {
  const schedule = { cron: '0 3 * * *', input: { at: new Date(0) } }
  const nightly = defineTask({ name: 'nightly', input: z.object({ at: z.date() }), schedule }, () => {})
  const modules = [new DataModule({ directory: 'memory://' }), new TasksModule({ tasks: [nightly] })]
  const app = new Application({ modules, logger: quiet })
  await expect(app.startModules()).rejects.toThrow(
    /Cannot send the task nightly: .*refuses what JSON makes of it: at: /,
  )
})

test('two tasks with one name are refused', () => {
  expect(() => new TasksModule({ tasks: [write, write] })).toThrow(/another task has the same name/)
})

describe('the command line knows of tasks', () => {
  const nightly = defineTask(
    {
      name: 'nightly',
      input: z.object({}),
      timeout: '2m',
      schedule: { cron: '0 3 * * *', input: {}, missed: 'run' },
    },
    () => {},
  )
  const start = async (only: readonly string[] | undefined, worker: boolean) => {
    const modules = [
      new DataModule({ directory: 'memory://', migrations }),
      new TasksModule({ tasks: [write, nightly], worker }),
    ]
    const app = new Application({ modules, logger: quiet, shutdown: { drain: 20_000 } })
    await app.startModules({ only })
    return app
  }

  it('shows queues and schedules in the plan, and warns about a task that is longer than the drain', async () => {
    const app = await start([], true)
    const module = app.getModule(TasksModule)
    expect(module.planEntries()).toEqual([
      { kind: 'queue', name: 'write', detail: '5 at a time, at most 60 s each, 2 further attempts' },
      { kind: 'queue', name: 'nightly', detail: '5 at a time, at most 120 s each, 2 further attempts' },
      {
        kind: 'schedule',
        name: 'nightly',
        detail: '0 3 * * * (UTC), by one replica; a missed time is run once',
      },
    ])
    expect(module.diagnose(app)).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/longer than the drain of 20 s.*write \(60 s\), nightly \(120 s\)/),
      },
    ])
    expect(app.getModule(DataModule).planEntries()).toEqual([
      { kind: 'database', name: 'embedded in memory://', detail: 'one process' },
      {
        kind: 'migrations',
        name: '1 migration',
        detail: 'at the start, by one replica; the last is 0001-effects',
      },
    ])
    await app.stopModules()
  })

  it('runs jobs in a process that accepts work for tasks, and in no other', async () => {
    const other = await start(['data'], true)
    await other.container.get(TaskQueue).send(write, { text: 'waits' })
    // No worker has taken it.
    expect(await testTasks(other).drain()).toHaveLength(1)
    await other.stopModules()
    const worker = await start(['tasks'], false)
    await worker.container.get(TaskQueue).send(write, { text: 'runs' })
    await worker.container.get(journal).until(1)
    expect(await worker.health()).toMatchObject({ healthy: true })
    await worker.stopModules()
    await expect(start(['task'], true)).rejects.toThrow(
      /Cannot accept work for the module 'task' alone: it was not added. Name one of data, tasks/,
    )
  })
})

test('a start names the jobs that it cannot run: those of an unknown task, and those whose input no longer fits', async () => {
  const warnings: string[] = []
  const logger: Logger = {
    ...quiet,
    warn: (fields, message) =>
      void warnings.push(`${message} ${String((fields as { err?: Error }).err?.message ?? '')}`),
  }
  const directory = mkdtempSync(join(tmpdir(), 'myfy-tasks-'))
  const start = async (tasks: readonly AnyTask[]) => {
    const app = new Application({
      logger,
      modules: [new DataModule({ directory, migrations }), new TasksModule({ tasks, worker: false })],
    })
    await app.startModules()
    return app
  }
  const gone = defineTask({ name: 'gone', input: z.object({}) }, () => {})
  const first = await start([write, gone])
  await first.container.get(TaskQueue).send(gone, {})
  await first.container.get(TaskQueue).send(write, { text: 'a' })
  await first.container.get(TaskQueue).send(write, { text: 'c' })
  // One that waits for another attempt.
  await first.container.get(TaskQueue).send(write, { text: 'b' })
  await first.container
    .get(Database)
    .execute("update myfy_tasks.job set state = 'retry' where data->'input'->>'text' = 'b'")
  // A job of pg-boss itself is not a task of the application.
  await first.container
    .get(Database)
    .execute(
      `insert into myfy_tasks.queue select (jsonb_populate_record(one, '{"name":"__pgboss__send-it"}')).* from myfy_tasks.queue one where name = 'write'`,
    )
  await first.container
    .get(Database)
    .execute("update myfy_tasks.job set name = '__pgboss__send-it' where data->'input'->>'text' = 'c'")
  await first.stopModules()
  const narrowed = defineTask({ name: 'write', input: z.object({ text: z.number() }) }, () => {})
  const second = await start([narrowed])
  expect(warnings).toEqual([
    expect.stringMatching(
      /1 job of the task gone cannot run, because no module registers it: add the task, or run `myfy tasks purge`/,
    ),
    expect.stringMatching(
      /2 jobs of the task write cannot run, because its schema refuses the input: the first is .* Cannot use the input of the task write: text: .*expected number/,
    ),
  ])
  await second.stopModules()
  rmSync(directory, { recursive: true })
})
