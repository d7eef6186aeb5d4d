import { Application, BaseModule, defineModule, type Module } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const getter = (key: string) =>
  Object.defineProperty({ name: 'odd' }, key, {
    get() {
      throw new Error('too early')
    },
  })

/** Members of a module that are not hooks, each in an odd form; and the exit code of a run with it. */
const odd: Array<[string, object, number]> = [
  [
    'transports() that throws',
    {
      transports: () => {
        throw new Error('no port yet')
      },
    },
    1,
  ],
  ['transports() that returns a promise', { transports: async () => [] }, 1],
  ['transports() that returns something else', { transports: () => [{}] }, 1],
  ['transports() that returns null in a list', { transports: () => [null] }, 1],
  ['a getter of requires that throws', getter('requires'), 78],
  ['a class for requires', { requires: BaseModule }, 78],
  ['a text for requires', { requires: 'db' }, 78],
  ['a getter of settings that throws', getter('settings'), 78],
  ['settings that are undefined', { settings: [undefined] }, 78],
  [
    'modules() that throws',
    {
      modules: () => {
        throw new Error('no')
      },
    },
    78,
  ],
]

test.each(odd)('%s: run() resolves, what has started stops', async (_, members, code) => {
  const host = new TestHost()
  const journal: string[] = []
  const module = Object.defineProperties({ name: 'odd' }, Object.getOwnPropertyDescriptors(members)) as Module
  const db = defineModule({
    name: 'db',
    start: () => void journal.push('start'),
    stop: () => void journal.push('stop'),
  })
  const app = new Application({ host, logger: quiet, modules: [db, module] })
  expect(await host.clock.run(app.run())).toBe(code)
  expect(host.exitCode).toBe(code)
  expect(journal).toEqual(code === 1 ? ['start', 'stop'] : [])
})

test('anonymous hooks are told apart by their place', async () => {
  const host = new TestHost()
  const fails = [
    () => {},
    () => {
      throw new Error('which of the three?')
    },
    () => {},
  ]
  const app = new Application({ host, logger: quiet, onStartup: fails })
  await expect(app.startModules()).rejects.toThrow('onStartup of anonymous 2 failed')
})
