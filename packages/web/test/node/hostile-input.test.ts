// Hostile input, byte by byte: it is refused or its socket is closed, and the next request is answered.

import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Process } from '../process.ts'

let app: Process
let port: number

beforeAll(async () => {
  app = new Process('hostile.ts')
  port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
})
afterAll(async () => {
  app.signal('SIGTERM')
  const { code } = await app.exited
  expect(code).toBe(0)
  expect(app.lines.filter((line) => /unhandled|uncaught/i.test(line))).toEqual([])
})

/** Sends bytes, piece by piece, and gives what came back until the socket closed (or `enough` of it is there). */
function send(pieces: ReadonlyArray<string | Buffer>, enough?: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return
        if (!socket.write(piece)) await new Promise<void>((go) => socket.once('drain', go).once('close', go))
      }
    })
    const timer = setTimeout(() => socket.destroy(), 15_000)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (enough?.(text)) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]))

const get = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`

const post = (body: string | Buffer, headers = '') =>
  Buffer.concat([
    Buffer.from(
      `POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n`,
    ),
    Buffer.from(body),
  ])

/** The answer is an error of ours, or none at all; never a success, a 500, or a stack. */
function expectRefused(text: string, ...allowed: number[]) {
  const [status] = statuses(text)
  if (status !== undefined) expect(allowed).toContain(status)
  expect(text).not.toMatch(/node_modules|at .*\(.*:\d+:\d+\)/)
}

async function expectServed() {
  expect(statuses(await send([get('/ok')]))).toEqual([200])
}

const hostile: Record<string, { pieces: ReadonlyArray<string | Buffer>; allowed: number[] }> = {
  'no HTTP at all': { pieces: ['hello world\r\n\r\n'], allowed: [400] },
  'a TLS handshake': { pieces: [Buffer.from('16030100f1010000ed0303', 'hex')], allowed: [400] },
  'a request line without a version': { pieces: ['GET /ok\r\n\r\n'], allowed: [400, 505] },
  'an unknown method': { pieces: ['FROB /ok HTTP/1.1\r\nHost: a\r\n\r\n'], allowed: [400] },
  'HTTP/9.9': { pieces: ['GET /ok HTTP/9.9\r\nHost: a\r\n\r\n'], allowed: [400, 505] },
  'a null byte in the path': { pieces: ['GET /o\0k HTTP/1.1\r\nHost: a\r\n\r\n'], allowed: [400] },
  'a space in the path': { pieces: ['GET /o k HTTP/1.1\r\nHost: a\r\n\r\n'], allowed: [400] },
  'a path without a slash': {
    pieces: ['GET ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    allowed: [400],
  },
  'a path that is a host': {
    pieces: ['GET //evil.example/ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    allowed: [404],
  },
  CONNECT: { pieces: ['CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n'], allowed: [501] },
  'no Host': { pieces: ['GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n'], allowed: [400] },
  'two Hosts': { pieces: [get('/ok', 'Host: b\r\n')], allowed: [200, 400] },
  'a header without a colon': { pieces: [get('/ok', 'nonsense\r\n')], allowed: [400] },
  'a header name with a space': { pieces: [get('/ok', 'Bad Name: x\r\n')], allowed: [400] },
  'a bare line feed in a header': { pieces: [get('/ok', 'X: a\nY: b\r\n')], allowed: [400] },
  'a folded header': { pieces: [get('/ok', 'X: a\r\n b\r\n')], allowed: [200, 400] },
  'a flood of headers': { pieces: [get('/ok', 'X-Flood: 0123456789\r\n'.repeat(5_000))], allowed: [431] },
  'one header of 1 MB': { pieces: [get('/ok', `X: ${'a'.repeat(1_000_000)}\r\n`)], allowed: [431] },
  'a path of 1 MB': { pieces: [get(`/${'a'.repeat(1_000_000)}`)], allowed: [431, 414, 400] },
  'two content lengths': {
    pieces: ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'],
    allowed: [400],
  },
  'a negative content length': {
    pieces: ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}'],
    allowed: [400],
  },
  'a content length that is no number': {
    pieces: ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\n{}'],
    allowed: [400],
  },
  'length and chunks (CL.TE)': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    allowed: [400],
  },
  'chunks and length (TE.CL)': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    allowed: [400],
  },
  'a disguised transfer encoding': {
    pieces: ['POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    allowed: [400, 501],
  },
  'chunked twice': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
    ],
    allowed: [400, 501],
  },
  'garbage for a chunk': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n',
    ],
    allowed: [400],
  },
  'a chunk size of 2^64': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n',
    ],
    allowed: [400, 413],
  },
  'a flood of chunk extensions': {
    pieces: [
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;${'x=y;'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    ],
    allowed: [400, 413],
  },
  '2 GB announced': {
    pieces: [
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n',
    ],
    allowed: [413],
  },
  'more than announced': { pieces: [post('{"a":1}'), 'GARBAGE GARBAGE\r\n\r\n'], allowed: [200, 400] },
  'deep JSON': { pieces: [post(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)], allowed: [200, 400, 422] },
  'deep JSON against a recursive schema': {
    pieces: [
      Buffer.from(
        post(`${'{"child":'.repeat(50_000)}{}${'}'.repeat(50_000)}`)
          .toString()
          .replace('/echo', '/tree'),
      ),
    ],
    allowed: [400, 422],
  },
  '__proto__ in JSON': { pieces: [post('{"__proto__":{"polluted":true}}')], allowed: [400] },
  '__proto__ in the query': { pieces: [get('/query?__proto__=x&__proto__[polluted]=1')], allowed: [400] },
  'bad percent-encoding in the path': { pieces: [get('/users/%zz')], allowed: [400] },
  'an overlong encoding in the path': { pieces: [get('/users/%c0%af')], allowed: [400] },
  'bad percent-encoding in the query': { pieces: [get('/query?a=%')], allowed: [400] },
  '10,000 query keys': { pieces: [get(`/query?${'k&'.repeat(7_000)}`)], allowed: [400, 431] },
  'an upgrade to a WebSocket without a key': {
    pieces: ['GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    allowed: [400],
  },
  'a WebSocket from another origin': {
    pieces: [
      'GET /socket HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ],
    allowed: [403],
  },
}

for (const path of [
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/%252e%252e/secret.txt',
  '/....//secret.txt',
  '/.env',
  '/link',
  '/a/../../secret.txt',
  '/%00',
  '//etc/passwd',
]) {
  hostile[`path traversal by ${path}`] = { pieces: [get(`/files${path}`)], allowed: [400, 404] }
}

describe('the server withstands', () => {
  test.each(Object.entries(hostile))('%s', async (_name, { pieces, allowed }) => {
    const text = await send(pieces, (got) => statuses(got).some((status) => status >= 400))
    expectRefused(text, ...allowed)
    expect(text).not.toContain('top secret')
    expect(text).not.toContain('smuggled')
    await expectServed()
  })

  test('heads that trickle in: 408 after the limit', async () => {
    const began = performance.now()
    const text = await send(['GET /ok HTTP/1.1\r\nHost: a\r\nX-Slow: '])
    expectRefused(text, 408)
    expect(performance.now() - began).toBeLessThan(5_000)
    await expectServed()
  })

  test('bodies that trickle in: 408 after the limit', async () => {
    const text = await send([
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
    ])
    expectRefused(text, 408)
    await expectServed()
  })

  test('an endless body: 413, and the memory stays flat', async () => {
    const before = Number((await (await fetch(`http://127.0.0.1:${port}/memory`)).json()) as number)
    const chunk = Buffer.from(`10000\r\n${'a'.repeat(65_536)}\r\n`)
    const head =
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send([head, ...Array.from({ length: 400 }, () => chunk)])),
    )
    for (const text of answers) expectRefused(text, 413)
    const after = Number((await (await fetch(`http://127.0.0.1:${port}/memory`)).json()) as number)
    // 262 MB were sent. V8 collects the buffers of sockets late on a busy machine.
    expect(after - before).toBeLessThan(130)
    await expectServed()
  })

  test('garbage behind good requests: the good ones are answered', async () => {
    const good = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'
    const text = await send([`${good}${good}\x01\x02 garbage\r\n\r\n`])
    expect(statuses(text)).toEqual([200, 200])
    await expectServed()
  })

  test('clients that leave at once', async () => {
    await Promise.all(
      Array.from(
        { length: 200 },
        () =>
          new Promise<void>((resolve) => {
            const socket = connect(port, '127.0.0.1', () => {
              socket.write(post('{"a":1}').subarray(0, 120))
              socket.resetAndDestroy()
            })
            socket.on('close', () => resolve()).on('error', () => {})
          }),
      ),
    )
    await expectServed()
  })
})

describe('fuzz', () => {
  const runs = process.env.MYFY_HEAVY === '1' ? 100_000 : 3_000
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '__proto__',
      'constructor',
      '%',
      '%00',
      '../',
      '\r\n',
      '\0',
      '{',
      '[[[[',
      '9'.repeat(400),
      '-0',
      '1e999',
      'null',
      '\u2028',
    ),
  )
  const line = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'X'),
    path: fc.oneof(
      fc.constantFrom(
        '/ok',
        '/echo',
        '/tree',
        '/query',
        '/users/1',
        '/files/a.txt',
        '/socket',
        '/boom',
        '*',
        'http://a/ok',
      ),
      nasty.map((text) => `/users/${text}`),
      nasty.map((text) => `/query?a=${text}&${text}=1`),
      nasty.map((text) => `/files/${text}`),
      nasty,
    ),
    headers: fc.array(
      fc.tuple(
        fc.constantFrom(
          'Content-Type',
          'Content-Length',
          'Transfer-Encoding',
          'Expect',
          'Upgrade',
          'Connection',
          'Origin',
          'Cookie',
          'Accept-Encoding',
          'If-None-Match',
          'X-Forwarded-For',
          'Range',
        ),
        fc.oneof(
          fc.constantFrom(
            'application/json',
            'chunked',
            '5',
            '100-continue',
            'websocket',
            'close',
            'keep-alive',
            'gzip',
            'bytes=0-',
          ),
          nasty,
        ),
      ),
      { maxLength: 4 },
    ),
    body: fc.oneof(fc.json(), nasty),
    honest: fc.boolean(),
  })

  test(`${runs} requests of every kind: no unhandled rejection, no answer but ours`, async () => {
    const encode = ({
      method,
      path,
      headers,
      body,
      honest,
    }: {
      method: string
      path: string
      headers: Array<[string, string]>
      body: string
      honest: boolean
    }) => {
      const own = honest
        ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
        : ''
      const rest = honest ? [] : headers
      return Buffer.from(
        `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${own}${rest.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
      )
    }
    const samples = fc.sample(line, { numRuns: runs, seed: 42 })
    let next = 0
    const seen = new Map<number, number>()
    const worker = async () => {
      while (next < samples.length) {
        const sample = samples[next++]!
        const text = await send([encode(sample)], (got) => statuses(got).some((status) => status >= 200))
        const status = statuses(text).find((code) => code >= 200) ?? 0
        seen.set(status, (seen.get(status) ?? 0) + 1)
        if (status === 500 && !sample.path.startsWith('/boom'))
          throw new Error(`500 for ${JSON.stringify(sample)}`)
        if (/node_modules|at .*\(.*:\d+:\d+\)|hunter2/.test(text))
          throw new Error(`leaked for ${JSON.stringify(sample)}: ${text}`)
      }
    }
    await Promise.all(Array.from({ length: 32 }, worker))
    if (process.env.MYFY_HEAVY === '1')
      console.log(`fuzz: ${runs} requests, answers ${JSON.stringify(Object.fromEntries([...seen].sort()))}`)
    await expectServed()
    expect(app.child.exitCode).toBeNull()
  }, 1_800_000)
})
