import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { stopAccepting } from '../../src/index.ts'

async function listen<S extends Server>(server: S): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Connects, and resolves to the answer, or to the code of the error. */
async function ask(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  return new Promise((resolve) => {
    socket
      .once('data', (answer) => resolve(String(answer)))
      .once('error', ({ code }: NodeJS.ErrnoException) => {
        resolve(String(code))
      })
    onTestFinished(() => void socket.destroy())
  })
}

test('takes every connection that waits, and refuses those that come later', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  const port = await listen(server)
  const waiting = Array.from({ length: 50 }, () => ask(port, 'hello'))
  await new Promise<void>((resolve) => process.nextTick(resolve))
  await stopAccepting(server)
  expect(server.listening).toBe(false)
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['hello']))
  expect(await ask(port, 'hello')).toBe('ECONNREFUSED')
  expect(server.listenerCount('connection')).toBe(1)
})

test('keeps an idle connection of node:http open, which has a request on its way', async () => {
  const server = createHttpServer((_, response) => response.end('answered'))
  const port = await listen(server)
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
  socket.setEncoding('utf8').write(request)
  await once(socket, 'data')
  await stopAccepting(server)
  socket.write(request)
  expect(String(await once(socket, 'data'))).toContain('answered')
})

test('closes at once when the signal aborts, while clients continue to connect', async () => {
  const server = createServer((socket) => socket.on('error', () => {}))
  await listen(server)
  const abort = new AbortController()
  // As a server that accepts a connection in each turn.
  let turns = 0
  const accept = () => {
    server.emit('connection', new Socket())
    if (turns++ === 100) abort.abort()
    if (server.listening) setImmediate(accept)
  }
  accept()
  await stopAccepting(server, { signal: abort.signal })
  expect(abort.signal.aborted).toBe(true)
  expect(server.listening).toBe(false)
})

test('does nothing to a server that does not listen', async () => {
  const server = createServer()
  let closed = false
  server.on('close', () => {
    closed = true
  })
  await stopAccepting(server)
  expect(closed).toBe(false)
})

test.each([
  ['of this process', undefined, {}, [0]],
  ['of a supervisor that holds it as well', false, {}, []],
  ['of a supervisor that has let go of it', true, {}, [0]],
  ['of systemd', undefined, { shared: true }, []],
])('shortens only a queue that no other process has, of a socket %s', async (_, owned, options, expected) => {
  const server = createServer()
  await listen(server)
  const handle = (server as unknown as { _handle: { owned?: boolean; listen(backlog: number): number } })
    ._handle
  if (owned !== undefined) handle.owned = owned
  const lengths: number[] = []
  const original = handle.listen.bind(handle)
  handle.listen = (length) => {
    lengths.push(length)
    return original(length)
  }
  await stopAccepting(server, options)
  expect(lengths).toEqual(expected)
})
