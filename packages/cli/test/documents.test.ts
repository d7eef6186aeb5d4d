// Every command line of the two Python documents has a twin, typed in the same way.

import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { launch, myfy, project, type Running, start } from './project.ts'

const module = `
import { Application } from '@myfy/core'
import { WebModule } from '@myfy/web'
export const app = new Application().addModule(new WebModule({ host: '127.0.0.1', port: 0 }))
`
const files = {
  'server/main.mjs': `${module}if (process.argv[1] === new URL(import.meta.url).pathname) process.exitCode = await app.run()`,
  'src/app.mjs': module,
}
let running: Running | undefined
afterEach(async () => {
  running?.kill('SIGTERM')
  await running?.ended
})

describe('a command line of the documents', () => {
  test.each([
    // microapi run server.main:app --reload
    ['server.main:app --reload', ['run', 'server.main:app', '--reload']],
    ['server/main:app --reload', ['run', 'server/main:app', '--reload']],
    ['server/main.mjs:app --reload', ['run', 'server/main.mjs:app', '--reload']],
    // myfy run
    ['nothing', ['run']],
  ])('myfy run with %s serves, and stops cleanly', async (_, words) => {
    running = start(words, { cwd: project(files) })
    const [, url] = await running.until(/(http:\/\/127\.0\.0\.1:\d+)/)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    running.kill('SIGINT')
    expect((await running.ended).code).toBe(0)
  })

  // python -m server.main, python server/main.py
  test('node server/main.mjs serves, and stops cleanly', async () => {
    const cwd = project(files)
    running = launch(process.execPath, [join(cwd, 'server/main.mjs')], { cwd })
    await running.until('ready in')
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('--reload and --no-reload exclude each other by the last one', async () => {
    const { code, stderr } = await myfy(['run', 'none.ts', '--no-reload', '--reload'], { cwd: project({}) })
    expect(stderr).toContain('Cannot find none.ts')
    expect(code).toBe(2)
  })
})

describe('arguments behind --', () => {
  test.each([[['run', '--no-reload']], [['run']], [['start']], [['start', '--workers', '1']]])(
    'reach the application under myfy %j, with its own file first',
    async (words) => {
      const cwd = project({
        'src/app.mjs': `${module}\nconsole.log('argv ' + JSON.stringify(process.argv.slice(1)))`,
      })
      running = start([...words, 'src/app.mjs', '--', '--seed', 'two words', '--port', 'x'], { cwd })
      const [, argv] = await running.until(/argv (\[.*\])/)
      expect(JSON.parse(argv!)).toEqual([join(cwd, 'src/app.mjs'), '--seed', 'two words', '--port', 'x'])
      await running.until('ready')
    },
  )
})
