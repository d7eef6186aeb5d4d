// Every command, run with --json: its output is JSON, and so is its error.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { myfy, type Running, start, write } from '../packages/cli/test/project.ts'
import { dataCommands } from '../packages/data/src/commands.ts'
import { taskCommands } from '../packages/tasks/src/commands.ts'
import { webCommands } from '../packages/web/src/commands.ts'
import { freePort } from './free-port.ts'
import { exampleProject } from './project.ts'

const cwd = exampleProject()
write(cwd, {
  'migrations/0001-notes.sql': 'create table notes (id int primary key);\n',
  'app.mjs': `
import { Application, defineModule } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { defineTask, Tasks, TasksModule } from '@myfy/tasks'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'
const work = defineTask({ name: 'work', input: z.object({ n: z.number() }), retry: 0 }, ({ input }) => {
  if (input.n < 0) throw new Error('n is negative')
  return { n: input.n }
})
const routes = defineRoutes('', (route) => {
  route.get('/hello', () => 'hello')
  route.post('/send/:n', { inject: { tasks: Tasks } }, ({ tasks, params }) => tasks.send(work, { n: Number(params.n) }))
})
export const app = new Application()
  .addModule(new DataModule({ directory: '.data', migrations: 'migrations' }))
  .addModule(new TasksModule({ tasks: [work] }))
  .addModule(new WebModule({ routes: [routes], port: 0, host: '127.0.0.1', inspector: { token: 'a-token-of-enough-length' } }))
`,
  'server.mjs': `
import { Application } from '@myfy/core'
import { DataModule, Session } from '@myfy/data'
import { defineRoutes, WebModule } from '@myfy/web'
const notes = defineRoutes('/notes', (route) => {
  route.post('/', { inject: { session: Session } }, async ({ session }) => {
    await session.execute('insert into notes (id) values (1)')
    return { id: 1 }
  })
})
export const app = new Application()
  .addModule(new DataModule({ url: process.env.DATABASE_URL ?? 'postgres://127.0.0.1:9/none', migrations: 'migrations' }))
  .addModule(new WebModule({ routes: [notes] }))
`,
  'small.mjs': `
import { Application } from '@myfy/core'
export const app = new Application()
`,
  'broken.mjs': `
import { Application, defineModule } from '@myfy/core'
export const app = new Application().addModule(defineModule({ name: 'broken', configure() { throw new Error('out of order') } }))
`,
})

// As npm installs it.
mkdirSync(join(cwd, 'node_modules/.bin'))
symlinkSync('../create-myfy/bin/create-myfy.js', join(cwd, 'node_modules/.bin/create-myfy'))

const database = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const { hostname, port } = new URL(database)
const probe = connect(Number(port || 5432), hostname)
const reachable = await once(probe, 'connect').then(
  () => true,
  () => false,
)
probe.destroy()

const env = { LOG_FORMAT: 'text', LOG_LEVEL: 'warn', MYFY_INSPECTOR_TOKEN: 'a-token-of-enough-length' }
const run = async (...words: readonly string[]) => {
  const { code, stdout, output } = await myfy(words, { cwd, env })
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    throw new Error(`myfy ${words.join(' ')} printed no JSON:\n${output}`)
  }
  return { code, value: value as Record<string, unknown> & { error?: Record<string, unknown> } }
}

let running: Running
let url: string
let failed: string
beforeAll(async () => {
  running = start(['start', 'app.mjs'], { cwd, env: { ...env, LOG_LEVEL: 'info' } })
  ;[, url] = (await running.until(/(http:\/\/127\.0\.0\.1:\d+)/)) as unknown as [string, string]
  const sent = await fetch(`${url}/send/-1`, { method: 'POST' })
  failed = (await sent.text()).replaceAll('"', '')
  await running.until(/the task work failed/)
})
afterAll(async () => {
  running.kill('SIGTERM')
  await running.ended
})

/** The commands that need the running application. */
const asking: Readonly<Record<string, () => readonly string[]>> = {
  health: () => ['--url', `${url}/health`],
  inspect: () => ['--url', `${url}/_myfy`],
}

describe('a command with --json prints JSON', () => {
  test.each(Object.entries(asking))('%s', async (name, words) => {
    expect(await run(name, '--json', ...words())).toMatchObject({ code: 0 })
  })

  test.each(['modules', 'providers', 'plan', 'graph', 'routes', 'openapi'])('%s', async (name) => {
    const { code, value } = await run(name, '--json', '--app', 'app.mjs')
    expect(code).toBe(0)
    expect(Object.keys(value).length).toBeGreaterThan(0)
  })

  test('doctor', async () => {
    const { code, value } = await run('doctor', '--json', '--app', 'app.mjs')
    expect(code).toBe(value.ok === true ? 0 : 1)
  })

  test('prove', async () => {
    const { code, value } = await run('prove', 'small.mjs', '--json', '--time', '2s', '--no-test')
    expect([code, value.ok]).toEqual([0, true])
  })

  test.skipIf(!reachable)(`prove --crash${reachable ? '' : ' (no PostgreSQL: skipped)'}`, async () => {
    const words = ['--database', database, '--request', 'POST /notes', '--fault', 'SIGKILL', '--lanes', '1']
    // With the lines about its progress.
    const { code, stdout, output } = await myfy(['prove', 'server.mjs', '--crash', '--json', ...words], {
      cwd,
      env: { ...env, LOG_LEVEL: 'info' },
    })
    expect(output).toMatch(/\d+ of \d+ faults tried/)
    expect([code, Object.keys(JSON.parse(stdout) as object)]).toEqual([0, expect.arrayContaining(['points'])])
  })

  test('new', async () => {
    // A build writes the templates.
    const creator = join(import.meta.dirname, '../packages/create-myfy')
    if (!existsSync(join(creator, 'template')))
      execFileSync(process.execPath, [join(creator, 'scripts/template.mjs')])
    const { code } = await run('new', 'made', '--template', 'minimal', '--no-install', '--json')
    expect(code).toBe(0)
  })
})

describe('after the application has stopped', () => {
  beforeAll(async () => {
    running.kill('SIGTERM')
    await running.ended
  })

  // The embedded database belongs to one process at a time. The order matters: each changes what the next one reads.
  const commands: ReadonlyArray<
    readonly [name: string, words: () => readonly string[], code: number, value: object]
  > = [
    ['db migrate', () => [], 0, { applied: [] }],
    ['db status', () => [], 0, { pending: [] }],
    ['db new', () => ['add', 'phone'], 0, { file: expect.stringContaining('0002-add-phone') }],
    ['db check', () => [], 0, []],
    [
      'tasks list',
      () => ['--state', 'failed'],
      0,
      [expect.objectContaining({ name: 'work', state: 'failed' })],
    ],
    ['tasks show', () => [failed], 0, { id: '', output: { message: 'n is negative' } }],
    [
      'tasks stats',
      () => [],
      0,
      expect.arrayContaining([expect.objectContaining({ name: 'work', count: 1 })]),
    ],
    ['tasks cancel', () => [failed], 1, { changed: false }],
    ['tasks retry', () => [failed], 0, { changed: true }],
    ['tasks purge', () => [], 0, { deleted: expect.any(Number) }],
  ]

  test.each(commands)('%s prints JSON', async (name, words, code, value) => {
    const result = await run(...name.split(' '), '--json', '--app', 'app.mjs', ...words())
    expect(result.code).toBe(code)
    const own = 'id' in value ? { ...value, id: failed } : value
    if (Array.isArray(own) || !Object.keys(own).length) expect(result.value).toEqual(own)
    else expect(result.value).toMatchObject(own)
  })

  test('every command of the modules was run', () => {
    const all = [
      ...webCommands({} as Parameters<typeof webCommands>[0]),
      ...dataCommands({} as Parameters<typeof dataCommands>[0]),
      ...taskCommands({} as Parameters<typeof taskCommands>[0]),
    ].map(({ name }) => name)
    const tested = [...commands.map(([name]) => name), 'routes', 'openapi', 'tasks worker', 'prove --crash']
    expect(all.filter((name) => !tested.includes(name))).toEqual([])
  })

  test.each([
    ['tasks show', ['unknown'], 'MYFY_TASK_JOB_UNKNOWN'],
    ['tasks show', [''], 'MYFY_CLI_USAGE'],
    ['tasks list', ['--task', 'wrok'], 'MYFY_TASK_UNKNOWN'],
    ['tasks purge', ['--task', 'wrok'], 'MYFY_TASK_UNKNOWN'],
    ['tasks list', ['--nonsense'], 'MYFY_CLI_USAGE'],
    ['db new', ['?'], 'MYFY_MIGRATION_INVALID'],
  ])('%s prints its error as JSON', async (name, words, code) => {
    const result = await run(...name.split(' '), '--json', '--app', 'app.mjs', ...words)
    expect(result.value.error).toMatchObject({ code, message: expect.any(String), exitCode: result.code })
    expect(result.code).not.toBe(0)
  })
})

describe('the error of a command with --json is JSON', () => {
  const applications = [
    'modules',
    'providers',
    'plan',
    'graph',
    'routes',
    'openapi',
    'db status',
    'tasks list',
  ]

  test.each([...applications, 'doctor', 'prove'])('%s, of a file that does not exist', async (name) => {
    const entry = name === 'prove' ? ['missing.mjs'] : ['--app', 'missing.mjs']
    const { code, value } = await run(...name.split(' '), '--json', ...entry)
    expect([code, value.error?.exitCode]).toEqual([2, 2])
    expect(value.error).toMatchObject({ code: expect.stringMatching(/^MYFY_/), message: expect.any(String) })
  })

  test.each(applications.filter((name) => !name.includes(' ') && name !== 'routes' && name !== 'openapi'))(
    '%s, of an application that cannot be initialized',
    async (name) => {
      const { code, value } = await run(name, '--json', '--app', 'broken.mjs')
      expect(code).not.toBe(0)
      expect(JSON.stringify(value)).toContain('out of order')
    },
  )

  test('doctor, of an application that cannot be initialized, is its report', async () => {
    const { code, value } = await run('doctor', '--json', '--app', 'broken.mjs')
    expect([code, value.ok]).toEqual([1, false])
    expect(JSON.stringify(value)).toContain('out of order')
  })

  test.each(['health', 'inspect'])('%s, of an application that does not answer', async (name) => {
    const { code, value } = await run(name, '--json', '--url', `http://127.0.0.1:${await freePort()}/`)
    expect([code, value.error?.exitCode]).toEqual([1, 1])
  })

  test.each(['health', 'inspect'])('%s, of an invalid address', async (name) => {
    const { code, value } = await run(name, '--json', '--url', 'nonsense')
    expect([code, value.error?.exitCode]).toEqual([2, 2])
  })

  test('new, into a directory that is not empty', async () => {
    const { code, value } = await run(
      'new',
      join(cwd, 'migrations'),
      '--template',
      'minimal',
      '--no-install',
      '--json',
    )
    expect(code).not.toBe(0)
    expect(value.error).toMatchObject({ code: expect.any(String), exitCode: code })
  })

  test('an unknown command', async () => {
    const { code, value } = await run('nonsense', '--json')
    expect([code, value.error?.exitCode]).toEqual([2, 2])
  })
})
