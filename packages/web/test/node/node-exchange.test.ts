import { defineRoutes } from '@myfy/web'
import { expect, test } from 'vitest'
import { listening } from '../listening.ts'

test('100 Continue is sent only when the body will be read', async () => {
  const { connect } = await import('node:net')
  const routes = defineRoutes('', (route) => {
    route.post('/', { bodyLimit: 10 }, async ({ request }) => (await request.text()).length)
  })
  const { port } = await listening({ web: { routes: [routes] } })
  const ask = (length: number) =>
    new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
        ),
      )
      socket.on('data', (chunk) => {
        text += chunk.toString()
        if (text.endsWith('100 Continue\r\n\r\n')) socket.write('x'.repeat(length))
      })
      socket.on('close', () => resolve(text)).on('error', () => {})
    })
  expect(await ask(5)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[\s\S]*5$/)
  expect(await ask(11)).toMatch(/^HTTP\/1.1 413 /)
})

test('a handler can respond without reading the body', async () => {
  const routes = defineRoutes('', (route) => void route.post('/', () => 'ok'))
  const { url } = await listening({ web: { routes: [routes] } })
  expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(500_000) })).text()).toBe('ok')
})
