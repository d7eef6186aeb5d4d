// Which application a line of the log is about.
import { Application, type Cancel, type Logger } from '@myfy/core'
import { expect, test } from 'vitest'

/** A logger that keeps the application of each line. */
function recorded(): { logger: Logger; apps: unknown[] } {
  const apps: unknown[] = []
  const log = (fields: object) => void apps.push(Reflect.get(fields, 'app'))
  return { apps, logger: { debug: log, info: log, warn: log, error: log } }
}

/** A source of signals that never delivers one: the run owns the process all the same. */
const silent = (): Cancel => () => {}

async function running(app: Application) {
  const ready = new Promise<void>((resolve) => void app.on('ready', () => resolve()))
  const ended = app.run({ signals: silent })
  await ready
  return { stop: () => Promise.all([app.stop(), ended]) }
}

test('the lines of a named application name it', async () => {
  const { logger, apps } = recorded()
  const { stop } = await running(new Application({ name: 'orders', logger }))
  await stop()
  expect(new Set(apps)).toEqual(new Set(['orders']))
})

test('the lines of one application without a name have none', async () => {
  const { logger, apps } = recorded()
  const { stop } = await running(new Application({ logger }))
  await stop()
  expect(new Set(apps)).toEqual(new Set([undefined]))
})

test('the lines of several applications in one process differ', async () => {
  const first = recorded()
  const second = recorded()
  const one = await running(new Application({ logger: first.logger }))
  const before = first.apps.splice(0)
  const two = await running(new Application({ logger: second.logger }))
  await one.stop()
  await two.stop()
  expect(new Set(before)).toEqual(new Set([undefined]))
  expect(new Set(first.apps).size).toBe(1)
  expect(new Set(second.apps).size).toBe(1)
  expect(first.apps[0]).toMatch(/^\d+$/)
  expect(second.apps[0]).toMatch(/^\d+$/)
  expect(first.apps[0]).not.toBe(second.apps[0])
})

test.each([[''], [7], [null]])('%j is not a name', (name) => {
  expect(() => new Application({ name: name as string })).toThrow(/as name: it is not a valid value/)
})
