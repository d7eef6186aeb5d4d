// The end of a socket that no application takes over: what waits in its queue is answered, not reset.

import type { Server, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { closeListener } from '@myfy/core/runtime'

/** The time for a client to send its request, in ms. A browser also opens connections that it does not use. */
const REQUEST_MS = 250

/** Answers each connection of a bound socket with 503 until its queue is empty, and closes it. */
export async function refuseWaiting(handle: object): Promise<void> {
  const server = createRefusal()
  const end = trackConnections(server)
  await new Promise<unknown>((resolve) => server.once('error', resolve).listen(handle, () => resolve(true)))
  await end()
}

/** Answers connections that were accepted with 503. */
export async function refuseConnections(sockets: readonly Socket[]): Promise<void> {
  const server = createRefusal()
  const end = trackConnections(server)
  for (const socket of sockets) {
    server.emit('connection', socket)
    socket.resume()
  }
  await end()
}

/** Closes a server when the kernel holds no connection for it. */
export async function closeWhenEmpty(server: net.Server): Promise<void> {
  let accepted = 0
  server.on('connection', () => {
    accepted++
  })
  // Not the `close` of node:http, which destroys connections whose requests are on their way.
  await closeListener(server, () => accepted, { close: () => net.Server.prototype.close.call(server) })
}

/** Observes a server that ends each connection with its answer. Returns what ends it after its last answer. */
export function trackConnections(server: net.Server): () => Promise<void> {
  const open = new Set<Socket>()
  let emptied = () => {}
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      if (open.size === 0) emptied()
    })
  })
  return async () => {
    if (server.listening) await closeWhenEmpty(server)
    if (open.size === 0) return
    const closed = new Promise<void>((resolve) => {
      emptied = resolve
    })
    const timer = setTimeout(() => open.forEach((socket) => void socket.destroy()), REQUEST_MS)
    await closed
    clearTimeout(timer)
  }
}

function createRefusal(): Server {
  const server = process.getBuiltinModule('node:http').createServer((request, response) => {
    // An answer before the end of the request is lost with the reset that unread data cause.
    request.resume().once('end', () => refuse(response))
  })
  // Another protocol, for example TLS.
  return server.on('clientError', (_error, socket) => socket.destroy())
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'retry-after': '1',
    connection: 'close',
  })
  response.end('The application is stopping.\n')
}
