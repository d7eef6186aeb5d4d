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
