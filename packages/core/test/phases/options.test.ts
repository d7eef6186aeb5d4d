import { Application, BaseModule, defineModule, defineSettings, OptionError } from '@myfy/core'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

describe('an invalid option value is refused with a sentence', () => {
  class DataModule extends BaseModule {}
  const cases: Array<[string, () => unknown, string]> = [
    [
      'a negative time',
      () => new Application({ shutdown: { drain: -1 } }),
      'Cannot use -1 as shutdown.drain: it is not a duration. Write a number of milliseconds, or a text such as 500ms, 30s, 2m or 1h.',
    ],
    [
      'a time that is not a number',
      () => new Application({ startup: { timeout: Number.NaN } }),
      'Cannot use NaN as startup.timeout',
    ],
    [
      'a class for a module',
      () => new Application().addModule(DataModule as never),
      'Cannot add the class DataModule as a module: it is not an instance. Write new DataModule().',
    ],
    [
      'a function for a module',
      () => new Application().addModule((() => ({ name: 'data' })) as never),
      'Cannot add the function as a module: it is not an object. Add what it returns, or defineModule({ name, start }).',
    ],
    [
      'an unknown option',
      () => new Application({ module: [] } as never),
      "Cannot use the option 'module' of Application: it does not exist. Write modules.",
    ],
    [
      'an unknown part of the shutdown',
      () => new Application({ shutdown: { dran: '5s' } } as never),
      "Cannot use the option 'dran' of shutdown: it does not exist. Write drain.",
    ],
    [
      'an unknown part of the startup',
      () => new Application({ startup: { parallel: true } } as never),
      "Cannot use the option 'parallel' of startup: it does not exist. Use timeout, concurrency.",
    ],
    [
      'a misspelled hook',
      () => new Application().addModule({ name: 'data', strat() {} } as never),
      "Cannot use the method 'strat' of the module 'data': it is not a hook. Write start, or choose another name.",
    ],
    [
      'a hook in another case',
      () =>
        new Application().addModule(
          new (class extends DataModule {
            override name = 'data'
            IsHealthy() {}
          })(),
        ),
      "Cannot use the method 'IsHealthy' of the module 'data': it is not a hook. Write isHealthy, or choose another name.",
    ],
    [
      'nothing for a module',
      () => new Application({ modules: [undefined as never] }),
      'Cannot add undefined as a module: it is not an object. If it is imported, look for a circular import.',
    ],
    [
      'a promise for a hook of a module',
      () => new Application().addModule({ name: 'data', start: Promise.resolve() } as never),
      "Cannot use start of the module 'data': it is of type object, not a function. Pass the function without calling it.",
    ],
    [
      'a text for the time of a module',
      () => new Application().addModule({ name: 'data', stopTimeout: 'soon' } as never),
      'Cannot use "soon" as stopTimeout of the module \'data\'',
    ],
    [
      'one hook for a list',
      () => new Application({ onStartup: (() => {}) as never }),
      'Cannot use a value of type function as onStartup: it is not a valid value. Use a list.',
    ],
    [
      'a lifespan that is called already',
      () => new Application({ lifespan: {} as never }),
      'Cannot use object as lifespan: it is not a function. Pass a function.',
    ],
    [
      'an order that there is not',
      () => new Application({ startup: { concurrency: 'level' as never } }),
      "Cannot use \"level\" as startup.concurrency: it is not a valid value. Use 'order' or 'levels'.",
    ],
    [
      'a time for health that is not a number',
      () => new Application({ healthTimeout: Number.NaN }),
      'Cannot use NaN as healthTimeout',
    ],
    [
      'a schema that is not there yet',
      () => defineSettings(undefined as never),
      'Cannot define settings: the schema is of type undefined. Give it a Standard Schema (zod, valibot, arktype); if it is imported, look for a circular import.',
    ],
    [
      'a hook that is not a function',
      () => new Application().onStartup('init' as never),
      'Cannot use string as onStartup: it is not a function. Pass a function.',
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
