// An exclusive application stops before its successor starts, which leaves a gap between two processes.
import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { untilFile } from '../../../../test/until-file.ts'
import { application, freePort, type Supervised, superviseProject } from '../supervised-process.ts'

/** An application whose module is exclusive and stops as `stop` says. */
const exclusive = (port: number, stop = '') => ({
  ...application(port),
  'data.ts': `
import { existsSync } from 'node:fs'
import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  readonly exclusive = true
  constructor() { super('data') }
  async start() { console.log('DATA UP') }
  async stop() { ${stop}; console.log('DATA DOWN') }
}
`,
})

/** The stop of a module that lasts until there is a file `go`. */
const LASTING = `console.log('STOPPING'); while (!existsSync('go')) await new Promise(setImmediate)`

const lives = (app: Supervised) => app.output().match(/DATA (UP|DOWN)/g)

test('never runs beside its successor, in one process and across two', async () => {
  const app = await superviseProject((port) => exclusive(port))
  await app.next('ready')
  app.project.write({ 'data.ts': `${exclusive(0)['data.ts']}// another version\n` })
  expect((await app.next('ready')).kind).toBe('swap')
  await app.next('replaced')
  app.project.write({ '.env': 'A=1' })
  expect((await app.next('ready')).kind).toBe('process')
  await app.until('one')
  expect(lives(app)).toEqual(['DATA UP', 'DATA DOWN', 'DATA UP', 'DATA DOWN', 'DATA UP'])
})

test('does not run beside its successor when a file is saved while it stops', async () => {
  const app = await superviseProject((port) => exclusive(port, LASTING))
  await app.next('ready')
  app.project.write({ '.env': 'A=1' })
  await app.printed('STOPPING')
  app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
  app.project.write({ go: '' })
  await app.until('two')
  expect(lives(app)).toEqual(['DATA UP', 'DATA DOWN', 'DATA UP'])
})

/** An application whose module owns a file from its start, which lasts until there is a file `go`. */
const slowlyStarted = (port: number) => ({
  ...application(port),
  'data.ts': `
import { open, rm } from 'node:fs/promises'
import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  readonly exclusive = true
  constructor() { super('data') }
  async start({ defer, signal }) {
    await (await open('owned', 'wx')).close()
    console.log('STARTING')
    ${untilFile('go')}
    await rm('owned')
    signal.throwIfAborted()
    await (await open('owned', 'wx')).close()
    defer(() => rm('owned'))
  }
}
`,
})

const message = (text: string) => ({ 'message.ts': `export const message: string = '${text}'\n` })

describe.each([
  ['a file', [message('two')]],
  ['a file twice', [message('one half'), message('two')]],
  [
    'the module and a file',
    [{ 'data.ts': `${slowlyStarted(0)['data.ts']}// another version\n` }, message('two')],
  ],
  ['a syntax error and its repair', [{ 'message.ts': 'export const' }, message('two')]],
])('serves the saved files with a save of %s', (_, saves) => {
  test('during its first start', async () => {
    const app = await superviseProject(slowlyStarted)
    await app.printed('STARTING')
    await saveDuringStart(app)
  })

  test('during the start of a reload', async () => {
    const app = await superviseProject((port) => ({ ...slowlyStarted(port), go: '' }))
    await app.next('ready')
    app.project.remove('go')
    app.project.write({ 'data.ts': `${slowlyStarted(0)['data.ts']}// starts again\n` })
    await app.next('changed')
    await app.printed(/STARTING.*STARTING/s)
    await saveDuringStart(app)
  })

  async function saveDuringStart(app: Supervised): Promise<void> {
    for (const files of saves) {
      app.project.write(files)
      // The first one reaches the start under way.
      if (files === saves[0]) await app.next('changed')
    }
    app.project.write({ go: '' })
    await app.until('two')
    expect(app.output()).not.toContain('EEXIST')
  }
})

test('moves to another process with a save during a first start that does not end', async () => {
  const port = await freePort()
  const app = await superviseProject((http) => ({
    ...slowlyStarted(http),
    'app.ts': application(http)['app.ts']!.replace(
      'new Application()',
      'new Application({ shutdown: { stop: 100 } })',
    ),
    'data.ts': `
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  readonly exclusive = true
  constructor() { super('data') }
  async start({ defer }) {
    const owned = net.createServer().listen(${port}, '127.0.0.1')
    await once(owned, 'listening')
    console.log('STARTING')
    if (!existsSync('go')) await new Promise(() => {})
    defer(() => owned.close())
  }
}
`,
  }))
  await app.printed('STARTING')
  app.project.write({ go: '', ...message('two') })
  await app.until('two')
  expect(app.output()).not.toContain('EADDRINUSE')
})

test.each([
  ['stops', '', 0],
  ['fails to stop', `; throw new Error('the data do not stop')`, 3],
])('that %s between two processes ends the supervisor with its exit code', async (_, end, code) => {
  const app = await superviseProject((port) => exclusive(port, `${LASTING}${end}`))
  await app.next('ready')
  app.project.write({ '.env': 'A=1' })
  await app.printed('STOPPING')
  app.process.kill('SIGTERM')
  await app.next('stopping')
  app.project.write({ go: '' })
  expect(await app.exited).toEqual({ code, signal: null })
  expect(app.count('ready')).toBe(1)
})

test('that serves while the saved files are broken ends the supervisor with its exit code', async () => {
  const app = await superviseProject((port) => exclusive(port, LASTING))
  await app.next('ready')
  app.project.write({ 'message.ts': 'export const message = ' })
  await app.next('failed')
  app.project.write({ '.env': 'A=1' })
  await app.printed('STOPPING')
  app.process.kill('SIGTERM')
  await app.next('stopping')
  app.project.write({ go: '' })
  expect(await app.exited).toEqual({ code: 0, signal: null })
})

test.each([
  ['starts', []],
  ['was superseded by another save and has not ended', [message('two')]],
])('drains at once with a stop while its exclusive successor %s', async (_, saves) => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...files } = slowlyStarted(port) as Record<string, string>
    return {
      ...files,
      go: '',
      'app.ts': entry!.replace('new Application()', `new Application({ shutdown: { stop: '10m' } })`),
    }
  })
  await app.next('ready')
  app.project.remove('go')
  app.project.write({ 'data.ts': `${slowlyStarted(0)['data.ts']}// starts again\n` })
  await app.next('changed')
  await app.printed(/STARTING.*STARTING/s)
  for (const files of saves) {
    app.project.write(files)
    await app.next('changed')
  }
  app.process.kill('SIGINT')
  while (
    await app.get().then(
      () => true,
      (error: Error) => !String(error).includes('ECONNREFUSED'),
    )
  );
  app.project.write({ go: '' })
  expect(await app.exited).toEqual({ code: 0, signal: null })
})

/** The stop of a module that takes longer than the start of a process. */
const LONG = `await new Promise((resolve) => setTimeout(resolve, 4_000))`

test('does not run beside the process that restores it, after a version that failed at another host', async () => {
  const app = await superviseProject((port) => exclusive(port, LONG))
  await app.next('ready')
  // Its health port is taken, so that it fails when it listens already.
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const files: Record<string, string> = exclusive(app.port, LONG)
  app.project.replace({
    'app.ts': files['app.ts']!.replace(
      `'127.0.0.1'`,
      `'0.0.0.0', health: { port: ${port}, host: '127.0.0.1' }`,
    ),
  })
  expect(await app.next('failed')).toMatchObject({ serving: false, restarting: true })
  expect(await app.next('ready')).toMatchObject({ kind: 'process' })
  await app.until('one')
  expect(lives(app)).toEqual(['DATA UP', 'DATA DOWN', 'DATA UP'])
  server.close()
})
