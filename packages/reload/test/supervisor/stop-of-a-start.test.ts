// A signal of the terminal reaches every process, also one that is being forked.
import { expect, test } from 'vitest'
import { createSupervisor } from '../../src/index.ts'
import { createProject } from '../project.ts'
import { application, superviseProject } from '../supervised-process.ts'

const endsBy = (how: string) => ({ ...application(0), 'first.cjs': `process.${how}` })

test.each([
  ["kill(process.pid, 'SIGINT')", 0],
  ["kill(process.pid, 'SIGTERM')", 0],
  ["kill(process.pid, 'SIGKILL')", 1],
  ['exit(7)', 7],
] as const)('the stop of a worker that ends at its start by %s has the exit code %i', async (how, code) => {
  const project = createProject(endsBy(how))
  const supervisor = createSupervisor({ entry: 'app.ts', cwd: project.root, preload: ['./first.cjs'] })
  void supervisor.start()
  expect(await supervisor.stop('SIGINT')).toBe(code)
})

const WAITING = `console.log('IMPORTS'); await new Promise((resolve) => setTimeout(resolve, 120_000))\nexport const message = ''\n`

test('a stop ends a first import that waits at its top level', async () => {
  const app = await superviseProject((port) => ({ ...application(port), 'message.ts': WAITING }))
  await app.printed('IMPORTS')
  app.process.kill('SIGINT')
  expect(await app.exited).toEqual({ code: 0, signal: null })
})

test('a stop ends an application whose next version waits at its top level', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({ 'message.ts': WAITING })
  await app.printed('IMPORTS')
  app.process.kill('SIGINT')
  expect(await app.exited).toEqual({ code: 0, signal: null })
  expect(app.output()).toContain('DATA DOWN')
})

const BUSY = `import { existsSync } from 'node:fs'
if (existsSync('busy')) {
  console.log('IMPORTS')
  for (const end = Date.now() + 120_000; Date.now() < end; );
}
export const message = 'one'
`

test('a stop ends a first import that never pauses', async () => {
  const files = (port: number) => ({ ...application(port), 'message.ts': BUSY, busy: '' })
  const app = await superviseProject(files, { importTimeout: 0 })
  await app.printed('IMPORTS')
  app.process.kill('SIGINT')
  expect(await app.exited).toEqual({ code: 0, signal: null })
})

test('a stop ends an application whose next process imports without a pause', async () => {
  const files = (port: number) => ({ ...application(port), 'message.ts': BUSY })
  const app = await superviseProject(files, { importTimeout: 0 })
  await app.next('ready')
  app.project.write({ busy: '', '.env': 'MODE=next\n' })
  await app.printed('IMPORTS')
  app.process.kill('SIGINT')
  expect(await app.exited).toEqual({ code: 0, signal: null })
  expect(app.output()).toContain('DATA DOWN')
})
