import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  application,
  crashesWhenReady,
  freePort,
  request,
  type Supervised,
  superviseProject,
} from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`

/** The application with another host; undefined leaves it out. */
function at(port: number, host: string | undefined, text = 'one'): Record<string, string> {
  const files = application(port, text)
  return {
    ...files,
    'app.ts': files['app.ts']!.replace(`, host: '127.0.0.1'`, host === undefined ? '' : `, host: '${host}'`),
  }
}

/** The addresses on which somebody listens at this port. Linux only. */
function listeningAt(port: number): string[] {
  const rows = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1),
  )
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && local!.endsWith(`:${hex}`))
    .map(([, local]) => local!.split(':')[0]!)
    .map((ip) =>
      /^0+$/.test(ip) ? (ip.length === 8 ? '0.0.0.0' : '::') : ip === '0100007F' ? '127.0.0.1' : ip,
    )
}

describe('the error page of a first start that fails', () => {
  describe.each([undefined, '127.0.0.1', 'localhost', '0.0.0.0', '::'])(
    'with an application at host %s',
    (host) => {
      test.each([
        [
          'a syntax error',
          { 'message.ts': 'export const message = {{' },
          { 'message.ts': message('repaired') },
        ],
        [
          'an import of a missing file',
          { 'message.ts': `import './no.ts'\n${message('repaired')}` },
          { 'no.ts': 'export {}' },
        ],
      ])('gives its port back after %s', async (_, broken, repair) => {
        const app = await superviseProject((port) => ({ ...at(port, host), ...(broken as object) }), {
          host: undefined as never,
        })
        await app.next('failed')
        while ((await app.get().catch(() => undefined))?.status !== 503) await new Promise(setImmediate)
        app.project.write(repair as unknown as Record<string, string>)
        await app.until('repaired')
        await app.next('ready')
        expect(listeningAt(app.port)).toEqual([
          host === undefined || host === 'localhost' ? '127.0.0.1' : host,
        ])
      })
    },
  )
})

describe('an edited address of a running application', () => {
  // Several files are saved, perhaps in more than one reload.
  const reloaded = (app: Supervised, text: string, port = app.port) =>
    expect
      .poll(async () => (await request(port).catch(() => undefined))?.body, { timeout: 20_000 })
      .toBe(JSON.stringify({ message: text }))

  test.each([
    ['127.0.0.1', '::', '::'],
    [undefined, '0.0.0.0', '0.0.0.0'],
    ['0.0.0.0', undefined, '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0', '0.0.0.0'],
    ['0.0.0.0', '127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1', '127.0.0.1'],
  ])('takes effect from host %s to %s', async (from, to, listening) => {
    const app = await superviseProject((port) => at(port, from))
    await app.next('ready')
    app.project.write(at(app.port, to, 'two'))
    await reloaded(app, 'two')
    await expect.poll(() => listeningAt(app.port), { timeout: 20_000 }).toEqual([listening])
    // By a new process as well, where the former one still listens.
    app.project.write({ ...at(app.port, from, 'three'), '.env': 'A=1' })
    await reloaded(app, 'three')
  })

  test.each(['the other port', 'a further port, after it has listened'])(
    'leaves the former port to the application that still serves if the new one cannot have %s',
    async (which) => {
      const app = await superviseProject(application)
      await app.next('ready')
      const server = net.createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const taken = (server.address() as net.AddressInfo).port
      const other = which === 'the other port' ? taken : await freePort()
      const files = at(other, '127.0.0.1', 'two')
      const health = other === taken ? '' : `, health: { port: ${taken}, host: '127.0.0.1' }`
      app.project.replace({ 'app.ts': files['app.ts']!.replace(`'127.0.0.1'`, `'127.0.0.1'${health}`) })
      expect(await app.next('failed')).toMatchObject({ serving: true })
      for (let times = 0; times < 20; times++) expect((await app.get()).body).toBe('{"message":"one"}')
      await promisify(server.close.bind(server))()
      await expect.poll(() => listeningAt(other), { timeout: 20_000 }).toEqual([])
      app.project.replace({ 'app.ts': `${files['app.ts']}// saved again` })
      await reloaded(app, 'one', other)
      await expect.poll(() => listeningAt(app.port), { timeout: 20_000 }).toEqual([])
    },
  )

  test('frees the former port', async () => {
    const app = await superviseProject(application)
    const other = await freePort()
    await app.next('ready')
    app.project.write(at(other, '127.0.0.1', 'two'))
    await reloaded(app, 'two', other)
    await expect.poll(() => listeningAt(app.port), { timeout: 20_000 }).toEqual([])
    app.project.write(at(app.port, '127.0.0.1', 'three'))
    await reloaded(app, 'three')
    await expect.poll(() => listeningAt(other), { timeout: 20_000 }).toEqual([])
  })
})

describe('a separate port for health checks', () => {
  const withHealth = (app: number, health: number, more = '') => {
    const files = application(app)
    return {
      ...files,
      'app.ts': files['app.ts']!.replace(
        `host: '127.0.0.1'`,
        `host: '127.0.0.1', health: { port: ${health} }${more}`,
      ),
    }
  }
  const healthAt = async (port: number) => (await request(port, '/health')).body

  test('passes to a new process, follows an edit, and answers for the application that serves', async () => {
    const [health, other] = [await freePort(), await freePort()]
    const app = await superviseProject((port) => withHealth(port, health))
    await app.next('ready')
    expect(await healthAt(health)).toContain('running')
    app.project.replace({ '.env': 'A=1' })
    expect(await app.next('ready')).toMatchObject({ kind: 'process' })
    expect(await healthAt(health)).toContain('running')
    app.project.replace({
      'app.ts': withHealth(app.port, health)['app.ts']!.replace(
        '.addModule',
        `.addModule({ name: 'late', ready() { throw new Error('not ready') } }).addModule`,
      ),
    })
    await app.next('failed')
    expect(await healthAt(health)).toContain('running')
    app.project.replace({ 'app.ts': withHealth(app.port, other)['app.ts'] })
    await app.next('ready')
    expect(await healthAt(other)).toContain('running')
    await expect.poll(() => listeningAt(health), { timeout: 20_000 }).toEqual([])
  })
})

describe('an application on a port that the system chose', () => {
  test.each([
    ['by an option', { listen: { port: 0 } }, (port: number) => application(port)],
    ['in its code', {}, () => application(0)],
  ])('%s keeps it after a crash, in the error page and after the repair', async (_, options, files) => {
    const app = await superviseProject((port) => {
      const { 'app.ts': entry, ...others } = (files as typeof application)(port)
      return { ...others, 'app.ts': `${entry}if (message === 'two') ${crashesWhenReady('crashed')}` }
    }, options)
    const { urls } = await app.next('ready')
    const port = Number(new URL(urls[0]!).port)
    app.project.replace({ 'message.ts': message('two') })
    await app.next('ready')
    await app.next('crashed')
    await expect
      .poll(async () => (await request(port).catch(() => undefined))?.status, { timeout: 20_000 })
      .toBe(503)
    app.project.replace({ 'message.ts': message('three') })
    await expect
      .poll(async () => (await request(port).catch(() => undefined))?.body, { timeout: 20_000 })
      .toBe(JSON.stringify({ message: 'three' }))
  })
})
