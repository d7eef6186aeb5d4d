// The stop of an application that was started in phases, without a run.

import { Application, defineModule, type Logger } from '@myfy/core'
import { expect, test } from 'vitest'

function failing() {
  const lines: string[] = []
  const write = (level: string) => (fields: object, message: string) => {
    const { err } = fields as { readonly err?: Error }
    lines.push(`${level} ${message}${err ? `: ${err.message}` : ''}`)
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  const mail = defineModule({
    name: 'mail',
    stop() {
      throw new Error('the outbox is locked')
    },
  })
  return { lines, app: new Application({ logger, modules: [mail] }) }
}

test('stop() after startModules() logs the reason of its exit code, and nothing else', async () => {
  const { app, lines } = failing()
  await app.startModules()
  expect(await app.stop()).toBe(3)
  expect(lines.join('\n')).toContain('the outbox is locked')
  expect(lines.filter((line) => !/^(warn|error) /.test(line))).toEqual([])
})

test('stopModules() throws the reason, and logs nothing', async () => {
  const { app, lines } = failing()
  await app.startModules()
  await expect(app.stopModules()).rejects.toThrow('the outbox is locked')
  expect(lines).toEqual([])
})
