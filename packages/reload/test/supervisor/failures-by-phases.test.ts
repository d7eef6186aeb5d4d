// What fails × when: at the first start, in a swap, and in a hand-over to a new process.

import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  application,
  request,
  type Supervised,
  superviseGroup,
  superviseProject,
} from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`

/** The data module with a hook in place of its start. */
const data = (hook: string) => ({
  'data.ts': `import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  constructor() { super('data') }
  ${hook}
}
`,
})

let taken: net.Server
beforeAll(async () => {
  taken = net.createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void taken.close())
const takenPort = () => (taken.address() as net.AddressInfo).port

interface Failure {
  readonly name: string
  files(port: number): Record<string, string>
  /** In the message of the problem, or its place. */
  readonly shown: string | (() => string)
}

const failure = (name: string, files: Record<string, string>, shown: string): Failure => ({
  name,
  files: () => files,
  shown,
})

const failures: Failure[] = [
  failure('a syntax error', { 'message.ts': 'export const message = {{' }, 'message.ts:1:'),
  failure(
    'an import of a file that is missing',
    { 'message.ts': `export { message } from './no.ts'` },
    './no.ts',
  ),
  failure(
    'an import of an export that is missing',
    { 'message.ts': `import { nothing } from './data.ts'\nexport const message: string = nothing` },
    'nothing',
  ),
  failure(
    'a package that is missing',
    { 'message.ts': `export { message } from 'not-installed'` },
    'not-installed',
  ),
  failure('an error at import', { 'message.ts': `throw new Error('no message')` }, 'message.ts:1:'),
  failure('an error in configure', data(`configure() { throw new Error('no driver') }`), 'data.ts:4:'),
  failure('an error in start', data(`async start() { throw new Error('no database') }`), 'data.ts:4:'),
  failure(
    'a rejection that start does not await',
    data(`async start() { void Promise.reject(new Error('not awaited')); await new Promise(() => {}) }`),
    'data.ts:4:',
  ),
  failure('an endless loop at import', { 'message.ts': 'for (;;);' }, 'endless loop'),
  failure(
    'an endless loop behind an await',
    { 'message.ts': 'await new Promise((resolve) => setImmediate(resolve)); for (;;);' },
    'endless loop',
  ),
  // A worker is given seconds to answer.
  ...(process.env.MYFY_HEAVY
    ? [failure('an endless loop in start', data('start() { for (;;); }'), 'endless loop')]
    : []),
  failure('process.exit() at import', { 'message.ts': 'process.exit(3)' }, 'process.exit(3)'),
  failure('process.exit() in start', data('start() { process.exit(4) }'), 'process.exit(4)'),
  {
    name: 'a port that is taken',
    files: (port) => ({
      'app.ts': application(port)['app.ts']!.replace(`port: ${port}`, `port: ${takenPort()}`),
    }),
    shown: () => String(takenPort()),
  },
]

const options = { importTimeout: 500 }

/** Expects that a failure is reported once, with its place. */
async function reported(app: Supervised, { shown }: Failure, serving: boolean): Promise<void> {
  const failed = await app.next('failed')
  // A process that was killed serves again as soon as it has started.
  expect(failed.serving || failed.restarting === true).toBe(serving)
  const { message, location } = failed.problem
  expect(`${message} ${location?.file}:${location?.line}:`).toContain(
    typeof shown === 'string' ? shown : shown(),
  )
  expect(message).not.toContain('node:internal')
}

/** Saves the files that were broken as they were. Their equals need no reload, and so a save of another follows. */
function repair(app: Supervised, failure: Failure, text: string): Promise<number> {
  const good = application(app.port)
  const names = Object.keys(failure.files(app.port))
  app.project.replace(Object.fromEntries(names.map((name) => [name, good[name]!])))
  app.project.replace({ 'message.ts': message(text) })
  return app.until(`"${text}"`)
}

describe('at the first start', () => {
  test.each(failures)('$name: a page shows it, and a repair is served', async (failure) => {
    const app = await superviseProject((port) => ({ ...application(port), ...failure.files(port) }), options)
    await reported(app, failure, false)
    await expect
      .poll(async () => (await app.get().catch(() => undefined))?.status, { timeout: 20_000 })
      .toBe(503)
    const page = await app.get('/', { accept: 'text/html' })
    expect(page.body).toContain(
      typeof failure.shown === 'string' ? failure.shown.split(':')[0] : failure.shown(),
    )
    await repair(app, failure, 'repaired')
    expect((await app.get()).status).toBe(200)
    expect(app.count('failed'), app.output()).toBe(1)
    expect(app.output()).not.toContain('node:internal')
    app.process.kill('SIGINT')
    expect(await app.exited).toEqual({ code: 0, signal: null })
  })
})

describe.each([
  ['in a swap', () => ({})],
  ['in a hand-over', (text: string) => ({ '.env': `TEXT="${text}"` })],
])('%s', (_, environment) => {
  let app: Supervised
  // Known from what was saved: for a moment of a hand-over both processes accept, and a request may tell the one that leaves.
  let served = '"one"'
  beforeAll(async () => {
    const [started, end] = await superviseGroup(application, options)
    app = started
    await app.next('ready')
    return end
  })

  test.each(failures)('$name: the former version serves, and so does a repair', async (failure) => {
    const failed = app.count('failed')
    app.project.replace({ ...failure.files(app.port), ...environment(failure.name) })
    await reported(app, failure, true)
    await app.until(served)
    await repair(app, failure, `repaired ${failure.name}`)
    served = `"repaired ${failure.name}"`
    expect(app.count('failed') - failed, app.output()).toBe(1)
    expect(app.output()).not.toContain('node:internal')
  })
})

describe('a long job at import is served when it is done', () => {
  // Shorter than importTimeout.
  const job = (text: string) => `for (const end = Date.now() + 1_500; Date.now() < end; );\n${message(text)}`

  test.each([
    ['at the first start', 'start'],
    ['in a swap', 'swap'],
    ['in a hand-over', 'process'],
  ])('%s', async (_, kind) => {
    const before = { 'message.ts': kind === 'start' ? job('worked') : message('one') }
    const app = await superviseProject((port) => ({ ...application(port), ...before }))
    if (kind !== 'start') {
      await app.next('ready')
      app.project.write({ 'message.ts': job('worked'), ...(kind === 'process' && { '.env': 'A=1' }) })
    }
    expect(await app.next('ready')).toMatchObject({ kind })
    await app.until('"worked"')
    expect([app.count('failed'), app.count('unresponsive')], app.output()).toEqual([0, 0])
  })
})

test('an endless loop of a swap that a hand-over supersedes and that fails too: the former version serves again', async () => {
  const app = await superviseProject(application, options)
  await app.next('ready')
  app.project.replace(data(`start() { console.log('LOOPS'); for (;;); }`))
  await app.printed('LOOPS')
  app.project.replace({ 'message.ts': `throw new Error('no message')`, '.env': 'A=1' })
  await app.next('failed')
  await app.next('unresponsive')
  await app.until('"one"')
  await repair(app, { name: '', shown: '', files: () => data('') }, 'repaired')
})

test('a first start at a port that is taken serves with a save after it is free', async () => {
  const other = net.createServer((socket) => void socket.destroy())
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as net.AddressInfo
  const app = await superviseProject(application, { port })
  const { problem } = await app.next('failed')
  expect(problem.message).toMatch(new RegExp(`Cannot listen .*${port}.*in use by another process`))
  await new Promise((resolve) => other.close(resolve))
  app.project.write({ 'message.ts': message('free') })
  await app.until('"free"')
  expect((await request(port)).status).toBe(200)
})
