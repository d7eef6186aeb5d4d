import { Application, BaseModule, defineModule, defineSettings, OptionError } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { fitBudget } from '../src/hooks/shutdown-budget.ts'
import { quiet } from './quiet.ts'

describe('the budget of a stop', () => {
  test('has its defaults, and no grace period shrinks nothing', () => {
    expect(fitBudget({})).toEqual({
      delay: 0,
      drain: 30_000,
      stop: 10_000,
      flush: 2_000,
      total: 42_000,
      shrunk: false,
    })
  })

  test('shrinks in proportion so that all of it ends inside the grace period', () => {
    const budget = fitBudget({ delay: 5_000, gracePeriod: 10_000 })
    expect(budget.total).toBe(9_500)
    expect(budget.drain / budget.stop).toBeCloseTo(3)
    expect(budget.delay + budget.drain + budget.stop + budget.flush).toBeCloseTo(9_500)
    expect(budget.shrunk).toBe(true)
  })

  test('never grows into a long grace period', () => {
    expect(fitBudget({ gracePeriod: 300_000 }).total).toBe(42_000)
  })

  test('takes the platform’s word from the environment', async () => {
    const app = new Application({ logger: quiet, host: new TestHost({ env: { MYFY_GRACE_PERIOD: '10s' } }) })
    await app.initialize()
    expect(app.budget.total).toBe(9_500)
  })

  test.each(['30', '30s', '0.5m', ' 30 s '])('reads %j in MYFY_GRACE_PERIOD as 30 seconds', (text) => {
    expect(fitBudget({}, text).total).toBeCloseTo(29_500)
  })

  test.each(['30', '30s', 30_000] as const)('reads %j in an option as 30 seconds', (gracePeriod) => {
    expect(fitBudget({ gracePeriod: gracePeriod as never }).total).toBeCloseTo(29_500)
  })

  test('refuses a grace period that is no time: nothing starts, exit 78', async () => {
    const host = new TestHost({ env: { MYFY_GRACE_PERIOD: 'soon' } })
    const app = new Application({ logger: quiet, host })
    await expect(app.initialize()).rejects.toThrow(
      'Cannot use "soon" as MYFY_GRACE_PERIOD: it is not a duration above 0. Write 500ms, 30s, 2m or 1h, or a number of seconds.',
    )
    expect(await app.stop()).toBe(78)
  })
})

describe('an option that cannot be meant is refused with a sentence', () => {
  class DataModule extends BaseModule {}
  const cases: Array<[string, () => unknown, string]> = [
    [
      'a negative time',
      () => new Application({ shutdown: { drain: -1 } }),
      'Cannot use -1 as shutdown.drain: it is not a duration. Write a number of milliseconds, or a text such as 500ms, 30s, 2m or 1h.',
    ],
    [
      'a time that is no number',
      () => new Application({ startup: { timeout: Number.NaN } }),
      'Cannot use NaN as startup.timeout',
    ],
    [
      'a class for a module',
      () => new Application().addModule(DataModule as never),
      'addModule() was given the class DataModule; give it an instance: new DataModule()',
    ],
    [
      'nothing for a module',
      () => new Application({ modules: [undefined as never] }),
      'addModule() was given undefined; if it is imported, look for a circular import',
    ],
    [
      'a promise for a hook of a module',
      () => new Application().addModule({ name: 'data', start: Promise.resolve() } as never),
      "start of the module 'data' is of type object; it must be a function (give it without calling it)",
    ],
    [
      'a text for the time of a module',
      () => new Application().addModule({ name: 'data', stopTimeout: 'soon' } as never),
      'Cannot use "soon" as stopTimeout of the module \'data\'',
    ],
    [
      'one hook for a list',
      () => new Application({ onStartup: (() => {}) as never }),
      'onStartup is of type function; it must be a list',
    ],
    [
      'a lifespan that is called already',
      () => new Application({ lifespan: {} as never }),
      'lifespan was given object; it must be a function',
    ],
    [
      'an order that there is not',
      () => new Application({ startup: { concurrency: 'level' as never } }),
      "startup.concurrency is \"level\"; it must be 'order' or 'levels'",
    ],
    [
      'a time for health that is no number',
      () => new Application({ healthTimeout: Number.NaN }),
      'Cannot use NaN as healthTimeout',
    ],
    [
      'a schema that is not there yet',
      () => defineSettings(undefined as never),
      'defineSettings() was given undefined; it takes a Standard Schema (zod, valibot, arktype); if it is imported, look for a circular import',
    ],
    [
      'a hook that is no function',
      () => new Application().onStartup('init' as never),
      'onStartup was given string; it must be a function',
    ],
  ]
  test.each(cases)('%s', (_, make, sentence) => {
    expect(make).toThrow(OptionError)
    expect(make).toThrow(sentence)
  })

  test('an interval of nothing', async () => {
    const app = new Application({
      logger: quiet,
      modules: [defineModule({ name: 'a', start: ({ every }) => every(0, 'tick', () => {}) })],
    })
    await expect(app.startModules()).rejects.toThrow(
      "Cannot use 0 as the interval of 'tick' in the module 'a': it is not a duration of at least 1 ms.",
    )
  })
})
