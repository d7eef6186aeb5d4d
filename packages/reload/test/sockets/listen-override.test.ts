import http from 'node:http'
import { expect, test } from 'vitest'
import { application, freePort, request, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`

test('the listen option overrides the address of the application, before and after a reload', async () => {
  const elsewhere = await freePort()
  const app = await superviseProject(application, { listen: { port: elsewhere } })
  expect((await app.next('ready')).urls).toEqual([`http://127.0.0.1:${elsewhere}`])
  await expect(app.get()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set<unknown>()
  agent.on('free', (socket) => sockets.add(socket))
  const ask = async () => (await request(elsewhere, '/', {}, agent)).body
  expect(await ask()).toContain('one')
  app.project.write({ 'message.ts': message('two') })
  await app.next('ready')
  expect(await ask()).toContain('two')
  // The connection has gone over to the successor: the port is the same as far as it is concerned.
  expect(sockets.size).toBe(1)
  agent.destroy()
  app.project.write({ '.env': 'A=1' })
  expect(await app.next('ready')).toMatchObject({
    kind: 'process',
    urls: [`http://127.0.0.1:${elsewhere}`],
  })
  expect((await request(elsewhere)).body).toContain('two')
})

test('the listen option applies to an address that is edited, in a swap and after a failed one', async () => {
  const elsewhere = await freePort()
  const [edited, second] = [await freePort(), await freePort()]
  const app = await superviseProject(application, { listen: { port: elsewhere } })
  await app.next('ready')
  const save = (port: number, more = '') =>
    app.project.write({ 'app.ts': application(port)['app.ts']! + more })
  save(edited)
  expect(await app.next('ready')).toMatchObject({ kind: 'swap', urls: [`http://127.0.0.1:${elsewhere}`] })
  expect((await request(elsewhere)).body).toContain('one')
  await expect(request(edited)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  save(second, `throw new Error('broken')\n`)
  await app.next('failed')
  save(second)
  expect(await app.next('ready')).toMatchObject({ kind: 'swap', urls: [`http://127.0.0.1:${elsewhere}`] })
  app.project.write({ 'message.ts': message('two') })
  await app.next('ready')
  expect((await request(elsewhere)).body).toContain('two')
})

test('the listen option leaves a second transport alone, also if the first asks for the same address', async () => {
  const health = await freePort()
  const files = (port: number) => {
    const { 'app.ts': source, ...others } = application(port)
    return {
      ...others,
      'app.ts': source!.replace('routes: [routes],', `routes: [routes], health: { port: ${health} },`),
    }
  }
  const port = await freePort()
  const app = await superviseProject(files, { port, listen: { port, host: '127.0.0.1' } })
  const { urls } = await app.next('ready')
  expect(urls.map((url) => new URL(url).port).sort()).toEqual([port, health].map(String).sort())
  expect((await request(port)).body).toContain('one')
  // It knows no path but those of health.
  expect((await request(health)).status).toBe(404)
})

test('the error page is served at the overriding address', async () => {
  const elsewhere = await freePort()
  const broken = (port: number) => ({ ...application(port), 'message.ts': 'export const message = {{' })
  const app = await superviseProject(broken, { listen: { port: elsewhere } })
  await app.next('failed')
  const page = async () => (await request(elsewhere).catch(() => undefined))?.status
  while ((await page()) !== 503) await new Promise(setImmediate)
  app.project.write({ 'message.ts': message('repaired') })
  expect((await app.next('ready')).urls).toEqual([`http://127.0.0.1:${elsewhere}`])
  expect((await request(elsewhere)).body).toContain('repaired')
})

test('preloaded modules are imported first in every process', async () => {
  const app = await superviseProject(
    (port) => ({ ...application(port), 'first.mjs': `console.log('FIRST')` }),
    { preload: ['./first.mjs'] },
  )
  await app.next('ready')
  expect(app.output()).toMatch(/^FIRST[\s\S]*DATA UP/)
})
