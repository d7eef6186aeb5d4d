import { Application, BaseModule, defineModule, defineSettings, OptionError } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { fitBudget, parseDuration } from '../src/hooks/shutdown-budget.ts'
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

  test.each([
    ['30s', 30_000],
    ['2m', 120_000],
    ['500ms', 500],
    ['1500', 1_500],
    [' 1.5 s ', 1_500],
    ['', undefined],
  ])('%j is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test('refuses a grace period that is no time: nothing starts, exit 78', async () => {
    const host = new TestHost({ env: { MYFY_GRACE_PERIOD: 'soon' } })
    const app = new Application({ logger: quiet, host })
    await expect(app.initialize()).rejects.toThrow(
      'MYFY_GRACE_PERIOD is "soon"; write 30s, 2m, 500ms or a number of ms',
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
      'shutdown.drain is -1; it must be a number of ms, 0 or more',
    ],
    [
      'a time that is no number',
      () => new Application({ startup: { timeout: Number.NaN } }),
      'startup.timeout is NaN',
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
      () => new Application().addModule({ name: 'data', stopTimeout: '3s' } as never),
      'stopTimeout of the module \'data\' is "3s"; it must be a number of ms, 0 or more',
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
      'healthTimeout is NaN',
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
      "the interval of 'tick' in the module 'a' is 0; it must be a number of ms, 1 or more",
    )
  })
})
