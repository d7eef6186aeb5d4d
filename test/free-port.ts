// Ports for the servers that tests start.

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

// Below the ports that a system gives to sockets of port 0 and to connections: none of them takes one of these meanwhile.
const FIRST = 20_000
const COUNT = 12_000

/**
 * Returns a port on which nothing listens. It belongs to this process until that ends: no other test is given it, not even
 * one of another run on this machine. A UDP socket of the same number is the lock, because TCP has numbers of its own.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if ((await lock(port)) && (await isFree(port))) return port
  }
}

function lock(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref()
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
  })
}

/** Reports whether a server can listen at the port of any address of this machine. */
function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
