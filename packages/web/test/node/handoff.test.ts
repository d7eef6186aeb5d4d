// A socket that passes from one application to the next, and requests that wait meanwhile.

import { Application, consoleLogger } from '@myfy/core'
import { defineRoutes, HTTPTransport, WebModule } from '@myfy/web'
import { expect, test } from 'vitest'

const answering = (who: string) =>
  defineRoutes('/', (route) => {
    route.get('/who', () => who)
  })

async function start(who: string, transport: HTTPTransport, predecessor?: Application) {
  const app = new Application({
    logger: consoleLogger({ level: 'silent' }),
    shutdown: { drain: 2_000 },
  }).addModule(new WebModule({ routes: [answering(who)] }))
  const ready = new Promise<void>((resolve) => void app.on('ready', () => resolve()))
  const run = app.run({ signals: false, transport, predecessor })
  await Promise.race([ready, run])
  return { app, run }
}

test('requests that arrive during a pause are answered by the application that listens afterwards', async () => {
  const transport = new HTTPTransport({ port: 0 })
  const { app: first } = await start('first', transport)
  const url = `${transport.url}/who`
  expect(await (await fetch(url)).text()).toBe('first')
  const release = transport.pause()
  const answer = fetch(url).then((response) => response.text())
  const { app: second } = await start('second', new HTTPTransport({ port: 0 }), first)
  release()
  expect(await answer).toBe('second')
  expect(await first.stop()).toBe(0)
  expect(await (await fetch(url)).text()).toBe('second')
  expect(await second.stop()).toBe(0)
})

test('an application whose successor cannot listen keeps its socket', async () => {
  const transport = new HTTPTransport({ port: 0 })
  const { app: first } = await start('first', transport)
  const failing = { name: 'other', listen: () => Promise.reject(new Error('no')), drain() {}, close() {} }
  const second = new Application({ logger: consoleLogger({ level: 'silent' }) }).addModule(
    new WebModule({ routes: [answering('second')] }),
  )
  const code = await second.run({
    signals: false,
    transport: [new HTTPTransport({ port: 0 }), failing],
    predecessor: first,
  })
  expect(code).toBe(1)
  expect(await (await fetch(`${transport.url}/who`)).text()).toBe('first')
  expect(await first.stop()).toBe(0)
})

test('a transport says where it is going to listen', () => {
  expect(new HTTPTransport({ port: 4000, host: '127.0.0.1' }).address).toEqual({
    port: 4000,
    host: '127.0.0.1',
  })
  expect(new HTTPTransport({ path: '/run/app.sock' }).address).toEqual({ path: '/run/app.sock' })
})
