// The worker beside an engine that fails and recovers in the middle of its calls.

import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Application, type Logger } from '@myfy/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { TakenJob, TaskEngine } from '../src/engine/task-engine.ts'
import { defineTask, TasksModule } from '../src/index.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const unused = async (): Promise<never> => {
  throw new Error('not a part of this test')
}

/** An engine whose calls of `take` are answered by the test, one by one. */
class ManualEngine implements TaskEngine {
  readonly system = 'manual'
  readonly takes: Array<{ limit: number; answer(jobs: number): void; fail(error: Error): void }> = []
  /** The error of the checks for due jobs, while the engine is away. */
  away: Error | undefined
  checks = 0
  wake = () => {}
  #jobs = 0
  take(_: unknown, limit: number): Promise<readonly TakenJob[]> {
    return new Promise((resolve, reject) => {
      const answer = (jobs: number) =>
        resolve(
          Array.from({ length: jobs }, () => ({
            id: String(++this.#jobs),
            name: 'work',
            retryCount: 0,
            data: { input: {} },
          })),
        )
      this.takes.push({ limit, answer, fail: reject })
    })
  }
  async due() {
    this.checks++
    if (this.away) throw this.away
    return ['work']
  }
  async listen(wake: () => void, signal: AbortSignal) {
    this.wake = wake
    if (!signal.aborted) await once(signal, 'abort')
  }
  complete = async () => true
  fail = async () => {}
  beat = async () => {}
  handBack = async () => {}
  count = async () => []
  list = async () => []
  find = async () => undefined
  send = unused
  takeEarly = unused
  purge = unused
  change = unused
}

async function start(concurrency = 2) {
  const engine = new ManualEngine()
  const running = { now: 0, most: 0 }
  const release = deferred()
  const work = defineTask(
    { name: 'work', input: z.object({}), transaction: false, concurrency },
    async () => {
      running.most = Math.max(running.most, ++running.now)
      await release.promise
      running.now--
    },
  )
  const store = { label: 'memory', check() {}, open: async () => engine, responseTo: () => undefined }
  const app = new Application({ modules: [new TasksModule({ tasks: [work], engine: store })], logger: quiet })
  await app.startModules()
  await expect.poll(() => engine.takes.length).toBe(1)
  return { app, engine, running, release: release.resolve }
}

/** Answers all further calls with no job. */
function answerAll(engine: ManualEngine) {
  for (const take of engine.takes) take.answer(0)
  engine.take = async () => []
}

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Lets the engine be away while a take waits. Resolves when a second take has come, which must not, or in 2 s. */
async function interrupt(engine: ManualEngine) {
  const before = engine.checks
  engine.away = new Error('the engine is away')
  await expect.poll(() => engine.checks).toBeGreaterThan(before)
  engine.away = undefined
  const secondTake = expect.poll(() => engine.takes.length, { timeout: 2_000 }).toBe(2)
  await secondTake.catch(() => {})
}

test('a take that waits while the engine is away is the only one when it has come back', async () => {
  const { app, engine, running, release } = await start()
  await interrupt(engine)
  for (const take of engine.takes) take.answer(2)
  await expect.poll(async () => (await app.health()).healthy).toBe(true)
  expect(running).toEqual({ now: 2, most: 2 })
  release()
  answerAll(engine)
  expect(await app.stop()).toBe(0)
})

test('an application stops at once after its engine was away, whichever call was answered last', async () => {
  const { app, engine } = await start()
  await interrupt(engine)
  for (const take of engine.takes.toReversed()) {
    take.answer(0)
    await turn()
  }
  const began = performance.now()
  expect(await app.stop()).toBe(0)
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('a take that fails is repeated without a further announcement', async () => {
  const { app, engine, running, release } = await start()
  engine.takes[0]!.fail(new Error('the connection is lost'))
  await expect.poll(() => engine.takes.length).toBe(2)
  engine.takes[1]!.answer(1)
  await expect.poll(() => running.now).toBe(1)
  release()
  answerAll(engine)
  expect(await app.stop()).toBe(0)
})
