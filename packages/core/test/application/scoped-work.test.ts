import { Application, CurrentWork, defineModule } from '@myfy/core'
import { createTestApp, TestHost } from '@myfy/core/testing'
import { request, seed, singleton, task, work } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const journal: string[] = []

class Transaction {
  readonly rows: string[] = []
  settle(outcome: { ok: boolean }) {
    journal.push(outcome.ok ? `commit ${this.rows}` : 'roll back')
  }
  [Symbol.asyncDispose]() {
    journal.push('release')
    return Promise.resolve()
  }
}

const RequestUnit = request(() => new Transaction(), { settle: (unit, outcome) => unit.settle(outcome) })
const TaskUnit = task(() => new Transaction(), { settle: (unit, outcome) => unit.settle(outcome) })
const Orders = request({ unit: RequestUnit }, ({ unit }) => ({
  add: (id: string) => void unit.rows.push(id),
}))

describe.each([
  ['request', RequestUnit],
  ['task', TaskUnit],
] as const)('work in a %s scope', (kind, unit) => {
  test('commits when it succeeds, then releases', async () => {
    journal.length = 0
    await using app = await createTestApp()
    const value = await app.work(kind, { inject: { unit } }, async ({ unit }) => {
      unit.rows.push('a')
      await Promise.resolve()
      expect(app.inFlight.list()).toMatchObject([{ kind, label: kind }])
      return 42
    })
    expect(value).toBe(42)
    expect(journal).toEqual(['commit a', 'release'])
    expect(app.inFlight.size).toBe(0)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('rolls back when it %s, with its error', async (_, fail) => {
    journal.length = 0
    await using app = await createTestApp()
    await expect(app.work(kind, { inject: [unit] }, fail)).rejects.toThrow('no')
    expect(journal).toEqual(['roll back', 'release'])
    expect(app.inFlight.size).toBe(0)
  })
})

test('a repository written for requests serves messages, with a value of the message', async () => {
  journal.length = 0
  const Message = seed<{ id: string }>('request', 'Message')
  await using app = await createTestApp()
  for (const id of ['1', '2'])
    await app.work(
      'request',
      { inject: { orders: Orders, message: Message }, seeds: [Message.of({ id })], label: 'order' },
      ({ orders, message }) => orders.add(message.id),
    )
  expect(journal).toEqual(['commit 1', 'release', 'commit 2', 'release'])
})

test('a drain waits for work, and names work that it cuts', async () => {
  const host = new TestHost()
  const app = new Application({
    host,
    logger: quiet,
    shutdown: { drain: 1_000 },
    modules: [defineModule({ name: 'a' })],
  })
  const blocked: unknown[] = []
  app.on('drain.blocked', ({ work }) => blocked.push(...work))
  app.on('ready', () => {
    void app.work(
      'task',
      { inject: {}, label: 'import' },
      () => new Promise((resolve) => void host.clock.after(5_000, () => resolve(0))),
    )
    host.signal('SIGTERM')
  })
  expect(await host.clock.run(app.run())).toBe(3)
  expect(blocked).toEqual(['import (task, 1 s)'])
})

test('work without services is tracked, and settles like any', async () => {
  await using app = await createTestApp()
  const value = await app.work('task', { label: 'import' }, (services) => {
    expect(app.inFlight.list()).toMatchObject([{ kind: 'task', label: 'import' }])
    return services.length
  })
  expect(value).toBe(0)
  await expect(app.work('task', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(app.inFlight.size).toBe(0)
})

test('services read the label, the signal, the options and the time of their work', async () => {
  await using app = await createTestApp()
  const unit = work({ current: CurrentWork }, ({ current }) => current)
  const { signal } = new AbortController()
  const options = {}
  await app.work(
    'task',
    { inject: { unit }, label: 'import', signal, timeout: '1m', options },
    ({ unit }) => {
      expect(unit).toMatchObject({ label: 'import', signal, options })
      expect(unit.remaining()).toBeGreaterThan(59_000)
      expect(unit.remaining()).toBeLessThanOrEqual(60_000)
    },
  )
  await app.work('request', { inject: { unit } }, ({ unit }) => {
    expect(unit.remaining()).toBe(Number.POSITIVE_INFINITY)
    expect(unit.signal.aborted).toBe(false)
  })
})

test('a scope that is left open is named within a short stop, and the singletons are disposed', async () => {
  const disposed: string[] = []
  const pool = singleton(() => 'pool', { dispose: (name) => void disposed.push(name) })
  const app = new Application({
    logger: quiet,
    shutdown: { stop: 500 },
    modules: [defineModule({ name: 'db', inject: { pool } })],
  })
  await app.startModules()
  app.container.createScope('request')
  await expect(app.stopModules()).rejects.toMatchObject({
    errors: [{ code: 'MYFY_DI_OPEN_SCOPES', message: expect.stringContaining('request scope') }],
  })
  expect(disposed).toEqual(['pool'])
})
