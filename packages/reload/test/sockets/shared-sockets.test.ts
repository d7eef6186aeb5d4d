import http from 'node:http'
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createSharedSockets } from '../../src/sockets/shared-sockets.ts'
import type { SharedSockets } from '../../src/sockets/socket-contract.ts'
import { request } from '../supervised-process.ts'

/** A server on what the sockets grant; it answers with its name. */
async function serve(sockets: SharedSockets, receiver: number, port: number): Promise<http.Server> {
  const server = http.createServer((_, response) => response.end(`server ${receiver}`))
  const { handle, path } = await sockets.bind({ host: '127.0.0.1', port }, { worker: receiver, request: 1 })
  await new Promise<void>((resolve) => server.listen(handle ?? { path }, resolve))
  onTestFinished(() => void server.close())
  sockets.activate(receiver)
  return server
}

const portOf = (sockets: SharedSockets) => (sockets.addresses[0] as { port: number }).port

test('a proxy switches from one server to another at the same port', async () => {
  const sockets = createSharedSockets(undefined, false)
  onTestFinished(() => sockets.end())
  const first = await serve(sockets, 1, 0)
  const port = portOf(sockets)
  expect((await request(port)).body).toBe('server 1')
  await serve(sockets, 2, port)
  first.close()
  for (let ask = 0; ask < 20; ask++) expect((await request(port)).body).toBe('server 2')
})

test('a shared socket is bound once for all workers, also by the port that the system chose', async () => {
  const sockets = createSharedSockets(undefined, true)
  onTestFinished(() => sockets.end())
  const { handle } = await sockets.bind({ host: '127.0.0.1', port: 0 }, { worker: 1, request: 1 })
  expect((await sockets.bind({ host: '127.0.0.1', port: 0 }, { worker: 2, request: 1 })).handle).toBe(handle)
  expect(
    (await sockets.bind({ host: '127.0.0.1', port: portOf(sockets) }, { worker: 2, request: 1 })).handle,
  ).toBe(handle)
})

test('a proxy holds connections while no worker is active', async () => {
  const sockets = createSharedSockets(undefined, false)
  onTestFinished(() => sockets.end())
  await sockets.bind({ host: '127.0.0.1', port: 0 }, { worker: 1, request: 1 })
  const asked = request(portOf(sockets))
  await serve(sockets, 1, portOf(sockets))
  expect((await asked).body).toBe('server 1')
})

test('a proxy answers what waits at its end with 503', async () => {
  const sockets = createSharedSockets(undefined, false)
  await sockets.bind({ host: '127.0.0.1', port: 0 }, { worker: 1, request: 1 })
  const asked = Array.from({ length: 20 }, () => request(portOf(sockets)))
  const sent = net.connect(portOf(sockets), '127.0.0.1')
  await new Promise((resolve) => sent.once('connect', resolve))
  await sockets.end()
  for (const { status } of await Promise.all(asked)) expect(status).toBe(503)
})

test.each([true, false])('a taken port is an error with its code (shared %s)', async (share) => {
  const other = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  onTestFinished(() => void other.close())
  const sockets = createSharedSockets(undefined, share)
  const { port } = other.address() as net.AddressInfo
  await expect(sockets.bind({ host: '127.0.0.1', port }, { worker: 1, request: 1 })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})
