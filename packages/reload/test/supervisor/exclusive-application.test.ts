// An exclusive application stops before its successor starts, which leaves a gap between two processes.
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { application, type Supervised, superviseProject } from '../supervised-process.ts'

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
  expect(await app.next('failed')).toMatchObject({ serving: true })
  expect(await app.next('ready')).toMatchObject({ kind: 'process' })
  await app.until('one')
  expect(lives(app)).toEqual(['DATA UP', 'DATA DOWN', 'DATA UP'])
  server.close()
})
