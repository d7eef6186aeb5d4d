import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import http from 'node:http'
import { expect, test } from 'vitest'
import { createProject } from '../project.ts'
import { application, isAlive, request, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`
/** The data module in another version, so that it is not kept. */
const otherData = () => ({ 'data.ts': `${application(0)['data.ts']}// another version\n` })

test('a save is served by the next application in the same process, and the former one stops once', async () => {
  const app = await superviseProject()
  expect((await app.next('ready')).kind).toBe('start')
  const { body: pid } = await app.get('/pid')
  app.project.write(otherData())
  expect(await app.next('ready')).toMatchObject({ kind: 'swap' })
  expect((await app.get('/pid')).body).toBe(pid)
  await app.next('replaced')
  expect(app.output().match(/DATA (UP|DOWN)/g)).toEqual(['DATA UP', 'DATA UP', 'DATA DOWN'])
})

test('clients on new and on persistent connections see no failure in ten reloads', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const failures: string[] = []
  let asked = 0
  const ask = async (keepAlive: boolean) => {
    asked++
    const answer = await request(app.port, '/', {}, keepAlive ? agent : undefined).catch(
      (error) => error.code,
    )
    if (answer?.status !== 200) failures.push(JSON.stringify(answer))
  }
  const timer = setInterval(() => [ask(false), ask(true)], 5)
  for (let edit = 0; edit < 10; edit++) {
    app.project.write({ 'message.ts': message(`edit ${edit}`) })
    await app.until(`edit ${edit}`)
  }
  clearInterval(timer)
  agent.destroy()
  expect(asked).toBeGreaterThan(20)
  expect(failures).toEqual([])
})

test('a request is answered by the application that accepted it', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const slow = Array.from({ length: 5 }, () => app.get('/slow'))
  await app.get()
  app.project.write(otherData())
  await app.next('ready')
  app.project.write({ go: '' })
  expect((await Promise.all(slow)).map(({ status, body }) => [status, body])).toEqual(
    Array(5).fill([200, '{"message":"one"}']),
  )
  await app.next('replaced')
  expect(app.output().match(/DATA (UP|DOWN)/g)).toEqual(['DATA UP', 'DATA UP', 'DATA DOWN'])
})

test.each([
  ['a syntax error', { 'message.ts': 'export const message = {{' }, 'message.ts:1:'],
  [
    'an import that leads nowhere',
    { 'message.ts': `export { message } from './nowhere.ts'` },
    './nowhere.ts',
  ],
  ['an error at import', { 'message.ts': `throw new Error('no message')` }, 'no message'],
  ['process.exit() at import', { 'message.ts': `process.exit(3)` }, 'process.exit(3)'],
  ['an endless loop at import', { 'message.ts': `for (;;) {}` }, 'endless loop'],
  [
    'an endless loop behind an await',
    { 'message.ts': `await new Promise((r) => setTimeout(r)); for (;;) {}` },
    'endless loop',
  ],
  [
    'a start that fails',
    {
      'data.ts': `import { BaseModule } from '@myfy/core'\nexport class DataModule extends BaseModule {\n  constructor() { super('data') }\n  async start() {\n    throw new Error('no database')\n  }\n}`,
    },
    'data.ts:5:',
  ],
  [
    'an initialize that fails',
    {
      'data.ts': `import { BaseModule } from '@myfy/core'\nexport class DataModule extends BaseModule {\n  constructor() { super('data') }\n  configure() {\n    throw new Error('no driver')\n  }\n}`,
    },
    'data.ts:5:',
  ],
])(
  '%s: the last working version still serves, the error is shown once, and a repair is served',
  async (_, files, shown) => {
    const app = await superviseProject(application, { importTimeout: 500 })
    await app.next('ready')
    const good = Object.fromEntries(Object.entries(application(app.port)).filter(([name]) => name in files))
    app.project.write(files as unknown as Record<string, string>)
    const { problem } = await app.next('failed')
    expect(`${problem.message} ${problem.location?.file}:${problem.location?.line}:`).toContain(shown)
    await app.until('one')
    app.project.write(good)
    // The very same content as before needs no reload; another one does.
    app.project.write({ 'message.ts': message('repaired') })
    await app.until('repaired')
    expect(app.count('failed'), app.output()).toBe(1)
  },
)

test('a code frame shows the present lines of the file', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({ 'message.ts': `// written\n// since\nexport const message = {{` })
  const { problem } = await app.next('failed')
  expect(problem.location).toMatchObject({ file: app.project.file('message.ts'), line: 3 })
  expect(problem.frame).toMatch(/1 \| \/\/ written\n.*2 \| \/\/ since\n> 3 \| export const message = {{/)
  app.project.write({
    'message.ts': `// written\n\nexport const message = (() => { throw new Error('no message') })()`,
  })
  const { problem: next } = await app.next('failed')
  expect(next.frame).toMatch(/1 \| \/\/ written\n.*2 \|\s*\n> 3 \| export const message = \(\(\)/)
  expect((await app.get()).body).toContain('one')
})

test('a failing initialize is shown once, with file, line and code frame', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({
    'data.ts': application(0)['data.ts']!.replace(
      'async start()',
      `configure() { throw new Error('no driver') }\n  async start()`,
    ),
  })
  const { problem, serving } = await app.next('failed')
  expect(serving).toBe(true)
  expect(problem).toMatchObject({ location: { file: app.project.file('data.ts'), line: 5 } })
  expect(problem.frame).toContain(`> 5 |   configure() { throw new Error('no driver') }`)
  expect((await app.get()).body).toContain('one')
  await app.printed('still serving the last working version')
  expect(app.output().match(/no driver'\)/g)).toHaveLength(1)
})

test('a start that hangs does not affect the running version, and the next change cancels it', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({
    'data.ts': application(0)['data.ts']!.replace(`console.log('DATA UP')`, 'await new Promise(() => {})'),
  })
  await app.next('changed')
  expect((await app.get()).body).toContain('one')
  app.project.write({ ...application(app.port), 'message.ts': message('two') })
  await app.until('two')
})

test('a first start that fails is shown as a page that reloads itself until it is repaired', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'message.ts': 'export const message = {{',
  }))
  const { problem, serving } = await app.next('failed')
  expect(serving).toBe(false)
  expect(problem.frame).toMatch(/^> 1 \|/m)
  await app.until('message.ts')
  const page = await app.get('/', { accept: 'text/html' })
  expect(page).toMatchObject({ status: 503, body: expect.stringContaining('new EventSource') })
  expect(page.body).toContain('&#62; 1 | export const message')
  const told = new Promise<string>((resolve) => {
    http.get({ host: '127.0.0.1', port: app.port, headers: { accept: 'text/event-stream' } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
  })
  expect((await app.get()).status).toBe(503)
  app.project.write({ 'message.ts': message('repaired') })
  await app.until('repaired')
  expect(await told).toContain('data: reload')
})

test('an unchanged save, files that are not imported, and node_modules cause no reload', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({
    'message.ts': message('one'),
    'notes.md': '# x',
    'foreign.ts': 'x',
    'node_modules/tool/.cache': 'x',
  })
  // By a rename: a busy machine may take so long between truncating and writing that the empty file is believed.
  app.project.write({ 'message.next': message('two') })
  renameSync(app.project.file('message.next'), app.project.file('message.ts'))
  await app.until('two')
  await app.next('replaced')
  expect(app.count('changed')).toBe(1)
  expect(app.count('ready')).toBe(2)
})

test('an environment file or package.json starts a new process', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const { body: first } = await app.get('/pid')
  app.project.write({ '.env': 'A=1' })
  expect((await app.next('ready')).kind).toBe('process')
  const { body: second } = await app.get('/pid')
  expect(second).not.toBe(first)
  app.project.write({ 'package.json': '{ "type": "module", "version": "1.0.0" }' })
  expect((await app.next('ready')).kind).toBe('process')
  expect((await app.get('/pid')).body).not.toBe(second)
})

test('a process that hangs does not delay the announcement of its successor', async () => {
  const app = await superviseProject((port) => {
    const files = application(port)
    const hang = `route.get('/hang', () => { console.log('HANGS'); for (;;) {} })\n  route.get('/crash'`
    return { ...files, 'app.ts': files['app.ts']!.replace(`route.get('/crash'`, hang) }
  })
  await app.next('ready')
  const { body: first } = await app.get('/pid')
  app.get('/hang').catch(() => {})
  await app.printed('HANGS')
  app.project.write({ '.env': 'A=1' })
  expect((await app.next('ready')).kind).toBe('process')
  expect((await app.get('/pid')).body).not.toBe(first)
})

test('the next application reads the changed environment file of its profile', async () => {
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      'message.ts': message('-'),
      '.env.dev': 'GREETING=hello',
      'app.ts': application(port)['app.ts']!.replace(
        '({ message })',
        `({ greeting: app.environment?.find('GREETING', () => {})?.value })`,
      ),
    }),
    { env: { ...process.env, MYFY_PROFILE: 'dev' } },
  )
  await app.until('"hello"')
  await app.next('ready')
  app.project.write({ '.env.dev': 'GREETING=welcome' })
  expect(await app.next('ready')).toMatchObject({ kind: 'process' })
  await app.until('"welcome"')
})

test('files outside of the directory, by paths of tsconfig, and JSON are watched', async () => {
  const shared = createProject({
    'package.json': '{ "type": "module", "exports": "./index.ts" }',
    'index.ts': `export const c = 'c1'`,
  })
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }',
      'message.ts': `import { a } from '~/a'\nimport b from './b.json' with { type: 'json' }\nimport { c } from 'shared'\nexport const message = [a, b.b, c].join()`,
      'lib/a.ts': `export const a = 'a1'`,
      'b.json': `{ "b": "b1" }`,
      'node_modules/.keep': '',
    }),
    { prepare: (project) => symlinkSync(shared.root, project.file('node_modules/shared')) },
  )
  await app.until('a1,b1,c1')
  shared.write({ 'index.ts': `export const c = 'c2'` })
  await app.until('a1,b1,c2')
  app.project.write({ 'lib/a.ts': `export const a = 'a2'` })
  await app.until('a2,b1,c2')
  app.project.write({ 'b.json': `{ "b": "b2" }` })
  await app.until('a2,b2,c2')
})

test('a save between the first response and the watching of its file is not lost', async () => {
  const app = await superviseProject()
  // The worker says this before the supervisor has heard of it.
  await app.printed('ready in')
  app.project.write({ 'message.ts': message('early') })
  await app.until('early')
})

test('a branch that is switched under 200 files is one reload, and never one for each file', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `part${index}.ts`)
  const parts = (value: number) =>
    Object.fromEntries(names.map((name) => [`parts/${name}`, `export default ${value}\n`]))
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd,
      stdio: 'pipe',
    })
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      ...parts(1),
      'message.ts': `${names.map((name, index) => `import p${index} from './parts/${name}'`).join('\n')}\nexport const message = 'sum ' + (${names.map((_, index) => `p${index}`).join('+')})`,
      '.gitignore': 'node_modules',
    }),
    {
      prepare(project) {
        git(project.root, 'init', '-q', '-b', 'main')
        git(project.root, 'add', '.')
        git(project.root, 'commit', '-qm', 'one')
        git(project.root, 'checkout', '-qb', 'two')
        project.write(parts(2))
        git(project.root, 'commit', '-qam', 'two')
        git(project.root, 'checkout', '-q', 'main')
      },
    },
  )
  await app.until('sum 200')
  git(app.project.root, 'checkout', '-q', 'two')
  await app.until('sum 400')
  await app.next('replaced')
  // A checkout that a busy machine interrupts is two.
  expect(app.count('ready')).toBeLessThanOrEqual(3)
})

test('a rename save, a deleted and restored file, and a burst of saves each count once or twice', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({ 'message.ts.tmp': message('renamed') })
  renameSync(app.project.file('message.ts.tmp'), app.project.file('message.ts'))
  await app.until('renamed')
  rmSync(app.project.file('message.ts'))
  app.project.write({ 'message.ts': message('renamed') })
  // In one go: a machine with other things to do would draw a burst with pauses out into single saves.
  for (let save = 0; save < 9; save++) app.project.write({ 'message.ts': message(`save ${save}`) })
  await app.until('save 8')
  expect(app.count('failed')).toBe(0)
  expect(app.count('ready')).toBeLessThanOrEqual(4)
})

test('SIGKILL of the worker: it is started again and the port answers', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const { pid } = JSON.parse((await app.get('/pid')).body)
  process.kill(pid, 'SIGKILL')
  expect(await app.next('crashed')).toMatchObject({ signal: 'SIGKILL', restarting: true })
  await app.until('one')
  expect(JSON.parse((await app.get('/pid')).body).pid).not.toBe(pid)
})

test('SIGKILL of the supervisor: the worker stops gracefully and the port is free', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const { pid } = JSON.parse((await app.get('/pid')).body)
  app.process.kill('SIGKILL')
  await app.printed('DATA DOWN')
  await app.exited
  while (isAlive(pid)) await new Promise(setImmediate)
  await expect(app.get()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test.each([
  ['SIGINT', 0],
  ['SIGTERM', 0],
  ['SIGHUP', 0],
] as const)('%s stops gracefully', async (signal, code) => {
  const app = await superviseProject()
  await app.next('ready')
  const { pid } = JSON.parse((await app.get('/pid')).body)
  app.process.kill(signal)
  expect(await app.exited).toEqual({ code, signal: null })
  expect(app.output()).toContain('DATA DOWN')
  expect(isAlive(pid)).toBe(false)
  await expect(app.get()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a second signal forces the end of a stop that hangs', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'data.ts': application(0)['data.ts']!.replace(
      `console.log('DATA DOWN')`,
      `console.log('data hangs'); await new Promise(() => {})`,
    ),
  }))
  await app.next('ready')
  app.process.kill('SIGINT')
  await app.printed('data hangs')
  expect((await app.press('SIGINT', 'stopping immediately')).code).toBe(130)
})

test.each(['the present process', 'one that was replaced'])(
  'an endless loop in %s does not block a stop',
  async (which) => {
    const app = await superviseProject(
      (port) => ({
        ...application(port),
        'app.ts': application(port)['app.ts']!.replace(
          "route.get('/crash'",
          "route.get('/loop', () => { console.log('LOOPS'); for (;;); })\n  route.get('/crash'",
        ),
      }),
      { importTimeout: 1_000 },
    )
    await app.next('ready')
    const { pid } = JSON.parse((await app.get('/pid')).body)
    app.get('/loop').catch(() => {})
    await app.printed('LOOPS')
    if (which === 'one that was replaced') {
      app.project.write({ '.env': 'A=1' })
      await app.next('ready')
    }
    app.process.kill('SIGINT')
    const { ms } = await app.next('killed')
    // One that was asked to stop before has been silent since then.
    expect(ms).toBe(which === 'the present process' ? 4_000 : 2_500)
    expect(await app.exited).toEqual({ code: which === 'the present process' ? 1 : 0, signal: null })
    expect(isAlive(pid)).toBe(false)
  },
)
