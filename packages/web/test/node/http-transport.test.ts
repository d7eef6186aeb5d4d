// The transport: its address, the socket it inherits, and its errors.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, defineModule } from '@myfy/core'
import { defineRoutes, HTTPTransport, ListenError, WebModule } from '@myfy/web'
import { describe, expect, onTestFinished, test } from 'vitest'
import { deferred, listening, silent } from '../listening.ts'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.post('/', ({ request }) => request.text())
})

describe('a transport', () => {
  test('listens on any free port for port 0, and reports it', async () => {
    const { transport } = await listening({ web: { routes: [hello] } })
    expect(transport.url).toBe(`http://127.0.0.1:${transport.port}`)
    const response = await fetch(`${transport.url}/hello`)
    expect(await response.json()).toEqual({ hello: 'world' })
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('x-powered-by')).toBeNull()
  })

  test('sends the same head as node:http: GET, in one write, has the head of HEAD, byte for byte', async () => {
    const texts = defineRoutes('/texts', (route) => {
      route.get('/json', { status: 201 }, () => ({ price: '5 €' }))
      route.get('/plain', () => 'grüß dich')
      route.get('/missing', { status: 404 }, () => ({}))
    })
    const { transport } = await listening({ web: { routes: [texts] } })
    for (const path of ['/texts/json', '/texts/plain', '/texts/missing']) {
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) =>
          exchanged(transport.port!, `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
        ),
      )
      const [lines, body] = get!.split('\r\n\r\n')
      const comparable = (text: string) =>
        text.replace(/Date: .*/, '').replace(/(x-request-id: )[\da-f]{32}/, '$1…')
      expect(comparable(lines!)).toBe(comparable(head!.trimEnd()))
      const date = /Date: (.*)/.exec(lines!)![1]!
      expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(5_000)
      expect(Number(/content-length: (\d+)/.exec(lines!)![1])).toBe(Buffer.byteLength(body!, 'latin1'))
    }
  })

  test('answers pipelined requests in order, and sends Connection: close only in the last', async () => {
    const { transport } = await listening({ web: { routes: [hello] } })
    const request = 'GET /hello HTTP/1.1\r\nHost: a\r\n'
    const text = await exchanged(
      transport.port!,
      `${request}\r\n${request.replace('GET', 'HEAD')}\r\n${request}\r\n${request}Connection: close\r\n\r\n`,
    )
    expect(text.match(/HTTP\/1.1 200 OK/g)).toHaveLength(4)
    expect(text.match(/Connection: (keep-alive|close)/g)).toEqual([
      'Connection: keep-alive',
      'Connection: keep-alive',
      'Connection: keep-alive',
      'Connection: close',
    ])
    expect(await exchanged(transport.port!, 'GET /hello HTTP/1.0\r\n\r\n')).toContain('Connection: close')
  })

  test('keeps a header that other code has set on the response of node:http', async () => {
    const { transport } = await listening({ web: { routes: [hello] } })
    const watch = ({ response }: { response: import('node:http').ServerResponse }) =>
      response.setHeader('x-trace', '1')
    subscribe('http.server.request.start', watch as never)
    onTestFinished(() => void unsubscribe('http.server.request.start', watch as never))
    const response = await fetch(`${transport.url}/hello`)
    expect(response.headers.get('x-trace')).toBe('1')
    expect(await response.json()).toEqual({ hello: 'world' })
  })

  test('says in one sentence that its port is taken, and what to do', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    onTestFinished(() => void blocker.close())
    const { port } = blocker.address() as AddressInfo
    const failure = await listening({ transport: { port } }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ListenError)
    expect(failure).toMatchObject({
      code: 'MYFY_PORT_TAKEN',
      message: `Cannot listen on 127.0.0.1:${port}: the address is in use by another process. Stop that process, or listen on another port; port 0 takes any free one.`,
    })
  })

  test.each([
    [Number.NaN, 'NaN'],
    [82_000, '82000'],
    [-1, '-1'],
    [1.5, '1.5'],
    ['', '""'],
    ['eight', '"eight"'],
  ])('refuses the port %j, and says what a port is', async (port, shown) => {
    await expect(listening({ transport: { port: port as number } })).rejects.toMatchObject({
      code: 'MYFY_OPTION_INVALID',
      message: `Cannot listen on port ${shown}: it is not a number from 0 to 65535. Correct the option port; NaN comes from a variable that is not set.`,
    })
  })

  test('listens on a Unix socket, also where a dead process left its file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'myfy-web-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const path = join(directory, 'app.sock')
    // A pipe that was closed without its file being removed.
    const { spawnSync } = await import('node:child_process')
    const leaves = `const s=require('net').createServer().listen(${JSON.stringify(path)},()=>process.kill(process.pid,'SIGKILL'))`
    spawnSync(process.execPath, ['-e', leaves])
    const { transport } = await listening({ transport: { path }, web: { routes: [hello] } })
    expect(transport.url).toBe(path)
    const status = await new Promise((resolve) =>
      httpRequest({ socketPath: path, path: '/hello' }, (response) =>
        resolve(response.resume().statusCode),
      ).end(),
    )
    expect(status).toBe(200)
  })

  test('hands its connections to its successor, whose application answers the next request on them', async () => {
    const slow = deferred()
    const began = deferred()
    const before = await listening({
      web: {
        routes: [
          defineRoutes('', (route) => {
            route.get('/who', () => 'old')
            route.get('/slow', async () => {
              began.resolve()
              await slow.promise
              return 'old, slow'
            })
          }),
        ],
      },
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const second = new Agent({ keepAlive: true })
    onTestFinished(() => {
      agent.destroy()
      second.destroy()
    })
    const ask = (path: string, by = agent) =>
      new Promise<{ text: string; connection: string | undefined; port: number | undefined }>(
        (resolve, reject) => {
          httpRequest({ port: before.transport.port, host: '127.0.0.1', path, agent: by }, (response) => {
            let text = ''
            const port = response.socket.localPort
            response
              .on('data', (chunk) => (text += chunk))
              .on('end', () => resolve({ text, connection: response.headers.connection, port }))
          })
            .on('error', reject)
            .end()
        },
      )
    const first = await ask('/who')
    const inFlight = ask('/slow', second)
    await began.promise

    const app = new Application({ logger: silent }).addModule(
      new WebModule({ routes: [defineRoutes('', (route) => void route.get('/who', () => 'new'))] }),
    )
    await app.startModules()
    const next = new HTTPTransport({ port: 0, host: '127.0.0.1', limits: { idleTimeoutOnDrain: 0 } })
    const signal = new AbortController().signal
    await next.listen({
      app: app as Application,
      signal,
      logger: silent,
      inherited: before.transport.handOff(),
    })
    const drained = before.drain()

    const again = await ask('/who')
    expect(again).toMatchObject({ text: 'new', connection: 'keep-alive', port: first.port })
    slow.resolve()
    expect(await inFlight).toMatchObject({ text: 'old, slow', connection: 'keep-alive' })
    await drained
    before.transport.close()
    expect((await ask('/who')).text).toBe('new')
    await next.drain({ signal, remaining: () => 1_000, inFlight: () => [] })
    next.close()
    await app.stopModules()
  })
})

test.each([false, true])(
  'a client that offers another protocol receives its answer (WebSocket routes: %s)',
  async (sockets) => {
    const routes = [
      hello,
      ...(sockets ? [defineRoutes('', (route) => void route.websocket('/socket', () => ({})))] : []),
    ]
    const { port } = await listening({ web: { routes } })
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
        ),
      )
      socket.on('data', (chunk) => {
        text += chunk.toString()
        if (text.endsWith('}')) socket.end()
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*\{"hello":"world"\}$/)
  },
)

test('hands its health port to its successor, and answers there until the application has stopped', async () => {
  const stopping = deferred()
  const slow = defineModule({ name: 'slow', stop: () => stopping.promise })
  const { app, transport, drain } = await listening({ modules: [slow], web: { health: { port: 0 } } })
  const [, probe] = app.getModule(WebModule).transports()
  const signal = new AbortController().signal
  await probe!.listen({ app, signal, logger: silent })
  const ask = async (path: string) => {
    const response = await fetch(probe!.url! + path)
    return [response.status, await response.json()]
  }
  expect(await ask('/live')).toEqual([200, { live: true }])
  expect((await ask('/nothing'))[0]).toBe(404)
  await drain()
  await probe!.drain({ signal, remaining: () => 0, inFlight: () => [] })
  await probe!.close()
  transport.close()
  const stopped = app.stop()
  expect(await ask('/live')).toEqual([200, { live: true }])
  expect((await ask('/ready'))[0]).toBe(503)
  stopping.resolve()
  await stopped
  await expect(ask('/live')).rejects.toThrow()
})

test('a drain answers connections that the kernel has accepted before it', async () => {
  const { port, drain } = await listening({ web: { routes: [hello] } })
  // Nothing of this process has run since, so not one of them has been taken in when the drain begins.
  const answers = Array.from({ length: 100 }, () => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n')
    return new Promise<string>((resolve) => {
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('error', (error) => resolve(String(error)))
      socket.on('close', () => resolve(text))
    })
  })
  await new Promise((resolve) => setImmediate(resolve))
  await drain()
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*"world"}$/)
})

test('a drain under a supervisor in development closes idle connections at once, whatever they may still send', async () => {
  const { createServer } = await import('node:net')
  const handle = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => handle.once('listening', resolve))
  const inherited = { kind: 'myfy.listener', development: true, acquire: async () => handle }
  const app = new Application({ logger: silent }).addModule(new WebModule({ routes: [hello] }))
  await app.startModules()
  const transport = new HTTPTransport({ port: 0, limits: { idleTimeoutOnDrain: 600_000 } })
  const { signal } = new AbortController()
  await transport.listen({ app: app as Application, signal, logger: silent, inherited })
  const agent = new Agent({ keepAlive: true })
  await new Promise((resolve) =>
    httpRequest({ port: transport.port, host: '127.0.0.1', path: '/hello', agent }, (response) =>
      response.resume().on('end', resolve),
    ).end(),
  )
  await transport.drain({ signal, remaining: () => 1_000, inFlight: () => [] })
  agent.destroy()
  transport.close()
  await app.stopModules()
})

/** What comes back for these bytes until nothing more comes: the client ends its side after them. */
function exchanged(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(text)).on('error', reject)
  })
}
