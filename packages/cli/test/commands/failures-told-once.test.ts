// What fails × the commands that tell it: each reason once, without frames of Node.js and of this framework.

import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { untilFile } from '../../../../test/until-file.ts'
import { project, type Result, start, write } from '../project.ts'

/** The reason as it is thrown. The code does not contain it, so that its frame does not count. */
const REASON = `['a', 'reason'].join(' ')`

const application = (rest: string, options = '') => `
import { existsSync, writeFileSync } from 'node:fs'
import { Application, defineModule, defineSettings } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'
const routes = defineRoutes('', (route) => void route.get('/', () => 'one'))
/** Fails in the first process alone: workers that follow serve. */
function failOnce() {
  if (existsSync('failed')) return
  writeFileSync('failed', '')
  throw new Error(${REASON})
}
export const app = new Application({ ${options} })
  .addModule(new WebModule({ routes: [routes], port: Number(process.env.APP_PORT ?? 0), host: '127.0.0.1' }))
  ${rest}
`
const hook = (code: string) => ({
  'src/app.ts': application(`.addModule(defineModule({ name: 'data', ${code} }))`),
})

interface Failure {
  readonly files: Readonly<Record<string, string>>
  readonly reason: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** True if the application serves before it fails. */
  readonly serves?: true
}

let taken: Server
beforeAll(async () => {
  taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void taken.close())

/** The failures before the application is initialized. */
const early: Readonly<Record<string, () => Failure>> = {
  'a syntax error': () => ({
    files: { 'src/app.ts': 'export const app = {{\n' },
    reason: /Cannot compile src\/app\.ts:1:\d+/,
  }),
  'an import of nothing': () => ({
    files: { 'src/app.ts': `import './part.ts'` },
    reason: /Cannot find '\.\/part\.ts'/,
  }),
  'an error at import': () => ({
    files: { 'src/app.ts': `throw new Error(${REASON})` },
    reason: /a reason/,
  }),
  'an error in configure': () => ({
    files: hook(`configure() { throw new Error(${REASON}) }`),
    reason: /a reason/,
  }),
}

const late: Readonly<Record<string, () => Failure>> = {
  'an error in start': () => ({
    files: hook(`async start() { throw new Error(${REASON}) }`),
    reason: /a reason/,
  }),
  'a value thrown in start': () => ({ files: hook(`async start() { throw ${REASON} }`), reason: /a reason/ }),
  'errors in start and stop': () => ({
    files: {
      'src/app.ts':
        application(`.addModule(defineModule({ name: 'data', stop() { throw new Error('not ' + ${REASON}) } }))
  .addModule(defineModule({ name: 'last', start() { throw new Error('the last of ' + ${REASON}) } }))`),
    },
    reason: /the last of a reason|not a reason/,
  }),
  'a port that is taken': () => ({
    files: { 'src/app.ts': application('') },
    reason: /in use by another process|EADDRINUSE/,
    env: { APP_PORT: String((taken.address() as { port: number }).port) },
  }),
  'a setting that is missing': () => ({
    files: { 'src/app.ts': application('', 'settings: defineSettings(z.object({ apiUrl: z.string() }))') },
    reason: /Cannot read API_URL/,
  }),
  'a task that is fatal': () => ({
    files: hook(`start(context) { context.spawn('poll', async () => { ${untilFile('go')}; failOnce() }) }`),
    reason: /a reason/,
    serves: true,
  }),
  'an uncaught error': () => ({
    files: hook(`start() { void (async () => { ${untilFile('go')}; setImmediate(failOnce) })() }`),
    reason: /a reason/,
    serves: true,
  }),
  'an unhandled rejection': () => ({
    files: hook(`start() { void (async () => { ${untilFile('go')}; failOnce() })() }`),
    reason: /a reason/,
    serves: true,
  }),
}

/** The failures with several reasons. */
const REASONS: Readonly<Record<string, number>> = { 'errors in start and stop': 2 }

/** Expects the reason in one line of each text that tells it, and the user's frames alone. */
function expectOnce(text: string, name: string, { reason }: Failure): void {
  const lines = text.split('\n').filter((line) => reason.test(line))
  expect(lines, text).toHaveLength(REASONS[name] ?? 1)
  expect(text).not.toMatch(/node:internal|\/packages\/\w+\/(?:src|dist)\//)
}

async function outcome(words: readonly string[], { files, env, serves }: Failure): Promise<Result> {
  const cwd = project(files)
  const running = start(words, { cwd, env })
  if (serves) {
    await running.until(/listening on http|➜ http/)
    write(cwd, { go: '' })
  }
  if (words[0] === 'run' && !words.includes('--no-reload')) {
    // One that has served for a while is started again.
    await running.until(serves ? /waiting for a change|restarted in/ : 'waiting for a change')
    running.kill('SIGTERM')
  } else if (words.includes('--workers') && serves) {
    await running.until('ended with code 1')
    running.kill('SIGTERM')
  }
  return running.ended
}

const commands = [
  'start --log-format text',
  'start --log-format json',
  'start --workers 2 --log-format text',
  'start --workers 2 --log-format json',
  'run',
  'run --no-reload',
]

describe.each(commands)('`myfy %s`', (line) => {
  test.each(Object.entries({ ...early, ...late }))('tells once: %s', async (name, failure) => {
    const made = failure()
    const { output } = await outcome(line.split(' '), made)
    expectOnce(output, name, made)
  })
})

describe.each(['routes', 'modules', 'openapi', 'plan', 'graph'])('`myfy %s`', (line) => {
  test.each(Object.entries(early))('tells once: %s', async (name, failure) => {
    const made = failure()
    const { stderr, code } = await outcome(line.split(' '), made)
    expectOnce(stderr, name, made)
    expect(stderr).not.toContain('Did you mean')
    expect([1, 78]).toContain(code)
  })
})

test('a command that prints JSON tells a failure once to a program, and once to a person', async () => {
  const failure = early['a syntax error']!()
  const { stdout, stderr } = await outcome(['routes', '--json'], failure)
  expectOnce(stderr, '', failure)
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: 'MYFY_CLI_IMPORT',
      message: expect.stringContaining('Cannot import src/app.ts: Cannot compile'),
    },
  })
})

test.each([
  [
    'an error of the application',
    `throw new Error('no such region')`,
    /: no such region\. Fix the error at app\.mjs:2:7\.$/,
  ],
  [
    'an error that states its remedy',
    `throw Object.assign(new Error('Cannot read the region: it is not set. Set REGION.'), { code: 'MYFY_OWN' })`,
    /: Cannot read the region: it is not set\. Set REGION\.$/,
  ],
])('the failure of an import as JSON has one remedy: %s', async (_, code, message) => {
  const cwd = project({ 'app.mjs': `// first\n${code}\n` })
  const { stdout } = await start(['routes', '--json', '--app', 'app.mjs'], { cwd }).ended
  expect(JSON.parse(stdout).error.message).toMatch(message)
})

test('a command that is misspelled is named, also where the application cannot be loaded', async () => {
  const { stderr, code } = await outcome(['modlues'], early['a syntax error']!())
  expect(stderr).toContain(`Cannot run 'modlues': it is not a command of myfy. Did you mean 'modules'?`)
  expect(code).toBe(2)
})
