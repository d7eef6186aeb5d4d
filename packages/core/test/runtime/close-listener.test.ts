import { spawn } from 'node:child_process'
import { stat } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { closeListener } from '../../src/runtime/listeners/close-listener.ts'

/** Connects again and again on eight connections until one is refused, and prints the number of those that were reset. */
const client = `
const net = require('node:net')
let resets = 0, answers = 0, open = 8, busy = false
const next = () => {
  let answered = false
  const socket = net.connect(Number(process.argv[1]), process.argv[2], () => socket.write('hello'))
  socket.on('data', () => { answered = true; answers++; socket.end() })
  socket.on('error', (error) => {
    if (error.code === 'ECONNREFUSED') { open--; socket.refused = true } else if (!answered) resets++
  })
  socket.on('close', () => {
    if (answers >= 50 && !busy) console.log((busy = true, 'busy'))
    if (!socket.refused) setImmediate(next)
    else if (open === 0) console.log(JSON.stringify({ resets }))
  })
}
for (let i = 0; i < 8; i++) next()
`

async function listen(host: string): Promise<{ server: Server; accepted: () => number; port: number }> {
  let count = 0
  const server = createServer((socket) => {
    count++
    socket.on('error', () => {})
    socket.once('data', () => socket.end('hello'))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return { server, accepted: () => count, port: (server.address() as { port: number }).port }
}

describe('closeListener', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ])('on %s resets no connection while clients connect', async (host, target) => {
    const { server, accepted, port } = await listen(host)
    const child = spawn(process.execPath, ['-e', client, String(port), target])
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const busy = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk)
        if (output.includes('busy')) resolve()
      })
    })
    await busy
    await closeListener(server, accepted)
    await ended
    expect(output).toContain('{"resets":0}')
  })

  test('closes a Unix socket, and one that nothing connects to', async () => {
    const idle = await listen('127.0.0.1')
    await closeListener(idle.server, idle.accepted)
    expect(idle.server.listening).toBe(false)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(`/tmp/myfy-close-${process.pid}`, resolve))
    await closeListener(server, () => 0)
    expect(server.listening).toBe(false)
  })

  test.each([
    ['a Unix socket', { path: `/tmp/myfy-queue-${process.pid}` }, false],
    ['a socket that other processes hold', { port: 0, host: '127.0.0.1' }, true],
  ])(
    'accepts what waits at %s, also where it is called after the look of a turn at it',
    async (_, address, shared) => {
      for (let run = 0; run < 20; run++) {
        let count = 0
        const server = createServer((socket) => {
          count++
          socket.on('error', () => {}).end('hello')
        })
        await new Promise<void>((resolve) => server.listen(address, resolve))
        const bound = server.address()
        // In the turn of a finished file operation, the event loop has looked at the sockets already.
        await new Promise((resolve) => stat('.', resolve))
        const clients = Array.from({ length: 5 }, () =>
          connect(
            typeof bound === 'string'
              ? { path: bound }
              : { port: (bound as AddressInfo).port, host: '127.0.0.1' },
          ),
        )
        const answers = clients.map(
          (socket) =>
            new Promise<string>((resolve) => {
              socket.on('error', (error) => resolve(String(error)))
              socket.on('data', (data) => resolve(String(data)))
            }),
        )
        // They connect in the next tick.
        await new Promise<void>((resolve) => process.nextTick(resolve))
        await closeListener(server, () => count, { shared })
        expect(await Promise.all(answers)).toEqual(Array.from({ length: 5 }, () => 'hello'))
      }
    },
  )
})
