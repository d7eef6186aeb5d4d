import { expect, test } from 'vitest'
import { application, isAlive, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`

// core imports @myfy/reload from where core lies; with pnpm's strict node_modules it is not found there.
test('app.run({ reload: true }) supervises its own program', async () => {
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      'main.ts': `import { app } from './app.ts'\nprocess.exitCode = await app.run({ reload: true })\n`,
    }),
    { self: 'main.ts' },
  )
  await app.until('one')
  app.project.write({ 'message.ts': message('two') })
  await app.until('two')
  const { pid } = JSON.parse((await app.get('/pid')).body)
  expect(pid).not.toBe(app.process.pid)
  app.process.kill('SIGTERM')
  expect(await app.exited).toEqual({ code: 0, signal: null })
  expect(isAlive(pid)).toBe(false)
})

test('a signal before the application serves ends the program with the exit code of the application', async () => {
  const waiting = `
import { BaseModule, type StartContext } from '@myfy/core'
export class DataModule extends BaseModule {
  override start({ signal }: StartContext) {
    console.log('DATA WAITS')
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
}
`
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      'data.ts': waiting,
      'main.ts': `import { app } from './app.ts'\nprocess.exitCode = await app.run({ reload: true })\n`,
    }),
    { self: 'main.ts' },
  )
  await app.printed('DATA WAITS')
  app.process.kill('SIGTERM')
  expect(await app.exited).toEqual({ code: 0, signal: null })
})
