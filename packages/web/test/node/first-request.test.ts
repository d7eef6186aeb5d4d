// The first request of a client that has connected just before a drain.

import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Application } from '@myfy/core'
import { defineRoutes, HTTPTransport, type HTTPTransportOptions, WebModule } from '@myfy/web'
import { expect, onTestFinished, test } from 'vitest'
import { silent } from '../listening.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const tls = { key: fixture('a.key'), cert: fixture('a.crt') }

const routes = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
})

/** An application whose drain closes idle connections at once: under a supervisor, or after Ctrl+C. */
async function listening(options: HTTPTransportOptions, development: boolean) {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const inherited = { kind: 'myfy.listener', development: true, acquire: async () => server }
  const app = new Application({ logger: silent }).addModule(new WebModule({ routes: [routes] }))
  await app.startModules()
  const { signal } = new AbortController()
  const transport = new HTTPTransport({ port: 0, host: '127.0.0.1', ...options })
  const context = { app: app as Application, signal, logger: silent }
  await transport.listen(development ? { ...context, inherited } : context)
  server.unref()
  onTestFinished(async () => {
    transport.close()
    server.close()
    await app.stopModules()
  })
  const drain = () =>
    transport.drain({ signal, interrupted: true, remaining: () => 10_000, inFlight: () => [] })
  return { port: transport.port!, drain }
}

/** What the client receives until the connection ends. */
function received(socket: Socket): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve('')
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', (error) => resolve(`${error}`)).on('close', () => resolve(text))
  })
}

/** Resolves when the drain has closed the listening socket and the connections that it does not wait for. */
async function drained(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const rows = {
  'over TCP': [{}, connect],
  'over TCP, where HTTP/2 is recognized': [{ http2: true }, connect],
  'over TCP, where TLS begins after the drain': [{ tls }, connect],
  'over TLS': [{ tls }, connectTLS],
} as const

test.each(Object.keys(rows) as Array<keyof typeof rows>)(
  'a client that has connected %s before a drain is answered, also where idle connections close at once',
  async (row) => {
    const [options, open] = rows[row]
    for (const development of [true, false]) {
      const { port, drain } = await listening(options, development)
      const raw = await new Promise<Socket>((resolve) => {
        const socket: Socket = connect(port, '127.0.0.1', () => resolve(socket))
      })
      const secure = (socket: Socket) => connectTLS({ socket, rejectUnauthorized: false })
      const client = open === connectTLS ? secure(raw) : raw
      if (client !== raw) await new Promise((resolve) => client.once('secureConnect', resolve))
      const end = drain()
      await drained()
      const speaker = 'tls' in options && client === raw ? secure(raw) : client
      const answer = received(speaker)
      speaker.write('GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n')
      expect(await answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*"world"}$/)
      await end
    }
  },
)

test('a drain that closes idle connections at once waits a moment, and no longer, for clients that send nothing', async () => {
  const { port, drain } = await listening({ limits: { idleTimeoutOnDrain: 600_000 } }, true)
  const socket = connect(port, '127.0.0.1')
  const end = received(socket)
  await new Promise((resolve) => socket.once('connect', resolve))
  await drain()
  expect(await end).toBe('')
})
