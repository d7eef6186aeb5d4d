import { isInheritedListener, type ListenAddress } from '@myfy/core'
import { defineRoutes, HTTPTransport, type Middleware } from '@myfy/web'
import { expect, onTestFinished, test, vi } from 'vitest'
import { DevelopmentHosts } from '../../src/client/development-hosts.ts'
import { listening, silent } from '../listening.ts'
import { RawConnection } from '../raw-client.ts'

// The rule of Vite's server.allowedHosts, and names without a dot, which no DNS server of the Internet answers for.
test.each([
  [undefined, true],
  ['localhost', true],
  ['localhost:8000', true],
  ['LOCALHOST', true],
  ['app.localhost:8000', true],
  ['127.0.0.1:8000', true],
  ['192.168.1.7', true],
  ['[::1]:8000', true],
  ['[2001:db8::1]', true],
  ['api:8000', true],
  ['evil.example', false],
  ['evil.example:8000', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['evillocalhost.example', false],
  ['1.2.3.4.5', false],
  ['app.test', true],
  ['App.Test:80', true],
  ['x.app.test', false],
  ['x.tunnel.example', true],
  ['tunnel.example', false],
])('the host %s: %s', (host, accepted) => {
  expect(new DevelopmentHosts('app.test, .tunnel.example').accepts(host)).toBe(accepted)
})

/** A supervisor that serves a developer. */
const supervisor = {
  kind: 'myfy.listener',
  development: true,
  acquire: async (address: ListenAddress) => address,
}

async function developing() {
  expect(isInheritedListener(supervisor)).toBe(true)
  const read = vi.fn(() => 'secret')
  const noted: Middleware = (_context, next) => {
    read()
    return next()
  }
  const routes = defineRoutes('', { middleware: [noted] }, (route) => {
    route.get('/data', read)
    route.websocket('/socket', () => ({ open: read }))
  })
  const { app } = await listening({ web: { routes: [routes] } })
  const transport = new HTTPTransport({ port: 0, host: '127.0.0.1' })
  const { signal } = new AbortController()
  await transport.listen({ app, signal, logger: silent, inherited: supervisor })
  onTestFinished(() => transport.close())
  return { port: transport.port!, read }
}

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

async function ask(port: number, path: string, headers: Record<string, string>) {
  const connection = new RawConnection({ port })
  onTestFinished(() => void connection.socket.destroy())
  return connection.request('GET', path, headers).response()
}

test.each([
  ['a route', '/data', {}],
  ['a path without a route', '/nowhere', {}],
  ['a handshake', '/socket', handshake],
])(
  'in development, %s is refused to the name of another site before the application sees it',
  async (_, path, headers) => {
    const { port, read } = await developing()
    const { status, body } = await ask(port, path, { Host: `evil.example:${port}`, ...headers })
    expect(status).toBe(403)
    expect(String(body)).toContain('MYFY_ALLOWED_HOSTS')
    expect(read).not.toHaveBeenCalled()
  },
)

test('in development, localhost is answered, and outside of it every name', async () => {
  const { port } = await developing()
  expect((await ask(port, '/data', { Host: `localhost:${port}` })).status).toBe(200)
  const routes = [defineRoutes('', (route) => void route.get('/', () => 'open'))]
  const { port: other } = await listening({ web: { routes } })
  expect((await ask(other, '/', { Host: 'shop.example' })).status).toBe(200)
})
