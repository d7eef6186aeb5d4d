import { Application, defineModule, StateError } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const create = () => {
  const host = new TestHost()
  const journal: string[] = []
  const db = defineModule({
    name: 'db',
    start: () => void journal.push('start'),
    stop: () => void journal.push('stop'),
  })
  return { host, journal, app: new Application({ host, logger: quiet, modules: [db] }) }
}

describe('an application that has stopped', () => {
  const calls = {
    initialize: (app: Application) => app.initialize(),
    startModules: (app: Application) => app.startModules(),
    run: (app: Application) => app.run(),
  }
  test.each(Object.entries(calls))('refuses %s after startModules and stop', async (_, call) => {
    const { app, journal } = create()
    await app.startModules()
    await app.stopModules()
    await expect(call(app as Application)).rejects.toThrow(StateError)
    await expect(call(app as Application)).rejects.toThrow(/it has stopped.*Create a new Application/)
    expect(journal).toEqual(['start', 'stop'])
  })

  test('refuses a second run', async () => {
    const { app, host } = create()
    app.on('ready', () => host.signal('SIGTERM'))
    await host.clock.run(app.run())
    await expect(app.run()).rejects.toMatchObject({ code: 'MYFY_APPLICATION_STOPPED' })
  })

  test.each(['initialize', 'startModules'] as const)('before it began refuses %s', async (method) => {
    const { app } = create()
    await app.stop()
    await expect(app[method]()).rejects.toMatchObject({ code: 'MYFY_APPLICATION_STOPPED' })
  })

  test('before it began does not run: a stop during a migration is obeyed with exit code 0', async () => {
    const { app, journal } = create()
    await app.stop('SIGTERM')
    expect(await app.run()).toBe(0)
    expect(journal).toEqual([])
  })
})

test('two runs at once are one', async () => {
  const { app, host, journal } = create()
  app.on('ready', () => host.signal('SIGTERM'))
  const codes = await host.clock.run(Promise.all([app.run(), app.run()]))
  expect(codes).toEqual([0, 0])
  expect(journal).toEqual(['start', 'stop'])
})
