// What every engine of tasks promises, on each place where jobs can be kept.

import { Application, type Logger } from '@myfy/core'
import { createTestApp, type TestApp } from '@myfy/core/testing'
import { singleton } from '@myfy/di'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineTask, type TaskEngine, TaskQueue } from '../src/index.ts'
import { Journal } from './journal.ts'
import { type Place, stores } from './stores.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const journal = singleton(() => new Journal())

const write = defineTask(
  {
    name: 'write',
    input: z.object({ text: z.string(), failures: z.number().default(0) }),
    inject: { journal },
    transaction: false,
    retryDelay: 0,
  },
  ({ input, attempt, journal }) => {
    journal.add(`${input.text} ${attempt}`)
    if (attempt <= input.failures) throw new Error(`failure ${attempt}`)
    return `wrote ${input.text}`
  },
)
const odd = defineTask(
  {
    name: 'odd',
    input: z.object({ at: z.date().optional(), large: z.bigint().optional(), number: z.number().optional() }),
    transaction: false,
    retry: 0,
  },
  ({ input }) => {
    if (input.number === 7) throw new Error('nul \0 and half of \ud800 pair')
  },
)
const stuck = defineTask(
  { name: 'stuck', input: z.object({}), inject: { journal }, transaction: false },
  async ({ signal, attempt, journal }) => {
    journal.add(`stuck ${attempt}`)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
)

describe.each(stores)('tasks in %s', (_, store) => {
  const each = it.skipIf(!store.reachable)
  let place: Place
  let app: TestApp<undefined>
  const queue = () => app.container.get(TaskQueue)
  const engine = (): TaskEngine => queue().engine
  const attempts = () => app.container.get(journal).attempts
  beforeAll(async () => {
    if (!store.reachable) return
    place = await store.create()
    app = await createTestApp({ modules: place.modules([write, stuck, odd], false), logger: quiet })
  }, 120_000)
  afterEach(async () => {
    if (!store.reachable) return
    await app.tasks.drain()
    await engine().purge(undefined)
    app.container.get(journal).attempts = []
  })
  afterAll(async () => {
    await app?.stopModules()
    await place?.remove()
  })

  each('run with their input, whatever it contains, and keep their result', async () => {
    const text = `Zoë 🦊 \u2028 "\\ ${'x'.repeat(1_000_000)}`
    await queue().send(write, { text: 'first' })
    await queue().send(write, { text })
    expect(await app.tasks.sent(write)).toEqual([{ text: 'first' }, { text }])
    const jobs = await app.tasks.drain()
    expect(jobs.map(({ state, output }) => [state, output])).toEqual([
      ['completed', { result: 'wrote first' }],
      ['completed', { result: `wrote ${text}` }],
    ])
  })

  each('that fail run again, then keep their last error', async () => {
    await queue().send(write, { text: 'twice', failures: 1 })
    await queue().send(write, { text: 'never', failures: 9 })
    const jobs = await app.tasks.drain()
    const ended = jobs.filter(({ state }) => state === 'completed' || state === 'failed')
    expect(ended.map(({ state, attempts }) => [state, attempts]).sort()).toEqual([
      ['completed', 1],
      ['failed', expect.any(Number)],
    ])
    const failed = ended.find(({ state }) => state === 'failed')
    expect(failed?.output).toMatchObject({
      message: 'failure 3',
      stack: expect.stringMatching('engines.test'),
    })
    expect(attempts().toSorted()).toEqual(['never 1', 'never 2', 'never 3', 'twice 1', 'twice 2'])
  })

  each('that fail with any text end, and keep it as far as it can be stored', async () => {
    const id = await queue().send(odd, { number: 7 })
    await app.tasks.drain()
    expect(await engine().find(id!)).toMatchObject({
      state: 'failed',
      output: { message: expect.stringMatching(/^nul . and half of . pair$/s) },
    })
  })

  each.for([
    ['a date', { at: new Date() }, /refuses what JSON makes of it: at: .*Let the schema read JSON/],
    ['a large integer', { large: 1n }, /cannot be stored as JSON: .*BigInt/],
    ['a number that is none', { number: Number.NaN }, /Cannot use the input of the task odd: number/],
  ] as const)('that JSON would change are refused when they are sent: %s', async ([, input, message]) => {
    await expect(queue().send(odd, input)).rejects.toThrow(message)
    expect(await engine().list({ task: 'odd', limit: 1 })).toEqual([])
  })

  each('with a key are sent once, also after the job has ended', async () => {
    expect(await queue().send(write, { text: 'a' }, { key: 'ключ:1' })).toBeTypeOf('string')
    expect(await queue().send(write, { text: 'b' }, { key: 'ключ:1' })).toBeUndefined()
    expect(await queue().send(write, { text: 'c' }, { key: 'ключ:2' })).toBeTypeOf('string')
    await app.tasks.drain()
    expect(await queue().send(write, { text: 'd' }, { key: 'ключ:1' })).toBeUndefined()
    expect(attempts()).toEqual(['a 1', 'c 1'])
  })

  each('with a greater priority run first, and those of equal priority in the order of sending', async () => {
    for (const [text, priority] of [
      ['low', -1],
      ['a', 0],
      ['high', 7],
      ['b', 0],
    ] as const)
      await queue().send(write, { text }, { priority })
    await app.tasks.drain()
    expect(attempts()).toEqual(['high 1', 'a 1', 'b 1', 'low 1'])
  })

  each('are not taken before their time', async () => {
    const id = await queue().send(write, { text: 'late' }, { delay: '1h' })
    await queue().send(write, { text: 'at' }, { at: new Date(Date.now() + 3_600_000) })
    await queue().send(write, { text: 'past' }, { at: new Date(0) })
    const taken = await engine().take(write, 5)
    expect(taken.map(({ data }) => data)).toEqual([{ input: { text: 'past' } }])
    const job = await engine().find(id!)
    expect(job).toMatchObject({ state: 'created', attempts: 0 })
    expect(job!.startAfter.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
    await engine().complete(taken[0]!, undefined)
  })

  each('whose stored input no longer fits are ended without another attempt', async () => {
    const content = { input: { old: true } }
    await engine().send({ task: write, content, startAfter: undefined, priority: undefined, key: undefined })
    const [job, ...others] = await app.tasks.drain()
    expect(others).toEqual([])
    expect(job).toMatchObject({
      state: 'failed',
      output: { message: expect.stringMatching('Cannot use the input of the task write: text') },
    })
    expect(attempts()).toEqual([])
  })

  each('are listed, counted, cancelled, repeated and purged', async () => {
    const never = await queue().send(write, { text: 'never', failures: 3 })
    await app.tasks.drain()
    const waiting = await queue().send(write, { text: 'waits' }, { delay: '1h' })
    const counts = new Map(
      (await engine().count()).map(({ name, state, count }) => [`${name} ${state}`, count]),
    )
    expect(Object.fromEntries(counts)).toEqual({ 'write failed': 1, 'write created': 1 })
    expect((await engine().list({ state: 'failed', limit: 9 })).map(({ id }) => id)).toEqual([never])
    expect((await engine().list({ task: 'write', limit: 1 })).map(({ id }) => id)).toEqual([waiting])
    expect(await engine().list({ task: 'stuck', limit: 9 })).toEqual([])
    const job = (await engine().find(never!))!
    expect(await engine().change('cancel', job)).toBe(false)
    expect(await engine().change('retry', job)).toBe(true)
    expect(await engine().change('cancel', (await engine().find(waiting!))!)).toBe(true)
    await app.tasks.drain()
    expect(attempts().at(-1)).toBe('never 4')
    expect(await engine().find(never!)).toMatchObject({ state: 'completed' })
    await engine().purge(undefined)
    expect(await engine().count()).toEqual([])
    expect(await engine().find('0b9a3c4e-0000-4000-8000-000000000000')).toBeUndefined()
  })

  each('that were handed back are of another process: the first can end them no more', async () => {
    await queue().send(write, { text: 'a' })
    const [job] = await engine().take(write, 1)
    await engine().beat([job!])
    await engine().handBack([job!])
    const [again] = await engine().take(write, 1)
    expect(again).toMatchObject({ id: job!.id, retryCount: 0 })
    if (store.name === 'Redis') expect(await engine().complete(job!, undefined)).toBe(false)
    expect(await engine().complete(again!, { result: 1 })).toBe(true)
    expect(await engine().complete(again!, { result: 2 })).toBe(false)
    expect(await engine().find(job!.id)).toMatchObject({ state: 'completed', output: { result: 1 } })
  })

  each('that end at once are completed each with its own result', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue().send(write, { text: String(n) })))
    const taken = await engine().take(write, 20)
    expect(taken).toHaveLength(20)
    const held = await Promise.all(
      taken.map((job) => engine().complete(job, { result: (job.data as { input: unknown }).input })),
    )
    expect(held).toEqual(taken.map(() => true))
    for (const { id, input, output } of await engine().list({ limit: 20 })) {
      expect(output, id).toEqual({ result: (input as { input: unknown }).input })
    }
  })
})

describe.each(stores)('a worker of %s', (_, store) => {
  it.skipIf(!store.reachable)(
    'runs jobs as they are sent, and hands back those that do not end in a drain',
    { timeout: 120_000 },
    async () => {
      const place = await store.create()
      const start = async () => {
        const app = new Application({
          modules: place.modules([write, stuck], true),
          shutdown: { drain: 700 },
          logger: quiet,
        })
        await app.startModules()
        return app
      }
      const app = await start()
      const queue = app.container.get(TaskQueue)
      await queue.send(write, { text: 'now' })
      await app.container.get(journal).until(1)
      await queue.send(stuck, {})
      await app.container.get(journal).until(2)
      expect(await app.health()).toMatchObject({ healthy: true })
      if (store.shared) {
        const other = await start()
        await app.stopModules()
        // The first attempt again: the hand-back has cost none.
        await other.container.get(journal).until(1)
        expect(other.container.get(journal).attempts).toEqual(['stuck 1'])
        await other.stopModules()
      } else await app.stopModules()
      await place.remove()
    },
  )

  it.skipIf(!store.reachable)(
    'runs every job once, and no more at a time than the task allows',
    { timeout: 120_000 },
    async () => {
      const place = await store.create()
      const ran: number[] = []
      let running = 0
      let most = 0
      let meet = () => {}
      const met = new Promise<void>((resolve) => {
        meet = resolve
      })
      const pair = defineTask(
        { name: 'pair', input: z.number(), concurrency: 2, transaction: false, inject: { journal } },
        async ({ input, journal }) => {
          most = Math.max(most, ++running)
          // As many as are allowed: however slowly jobs are taken, the first waits for the second.
          if (running === 2) meet()
          await met
          await new Promise((later) => setTimeout(later, 5))
          running--
          ran.push(input)
          journal.add(String(input))
        },
      )
      const app = new Application({ modules: place.modules([pair], true), logger: quiet })
      await app.startModules()
      const numbers = Array.from({ length: 30 }, (_, n) => n)
      await Promise.all(numbers.map((n) => app.container.get(TaskQueue).send(pair, n)))
      await app.container.get(journal).until(numbers.length)
      await app.stopModules()
      await place.remove()
      expect(ran.toSorted((a, b) => a - b)).toEqual(numbers)
      expect(most).toBe(2)
    },
  )
})
