// A fuzzer over the raw socket: valid messages that are mutated, cut, joined and sent in pieces, and connections that
// end in every way. `MYFY_HEAVY=1 MYFY_FUZZ_SECONDS=600 MYFY_FUZZ_SEED=1`; the same seed gives the same messages.

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Process } from '../process.ts'

const heavy = process.env.MYFY_HEAVY === '1'
const seconds = Number(process.env.MYFY_FUZZ_SECONDS ?? 600)
const seed = Number(process.env.MYFY_FUZZ_SEED ?? 1)

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function random(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const json = 'Content-Type: application/json\r\n'
const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const corpus = [
  'GET /ok HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /ok HTTP/1.0\r\n\r\n',
  'HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /large HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /files/a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nIf-None-Match: "x"\r\n\r\n',
  'GET /query?a=1&b=%20&c=2 HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /users/%41 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n',
  'GET /nowhere/../x HTTP/1.1\r\nHost: a\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://b/ok HTTP/1.1\r\nHost: a\r\n\r\n',
  `POST /echo HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 7\r\n\r\n{"a":1}`,
  `POST /echo HTTP/1.1\r\nHost: a\r\n${json}Transfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\nX: y\r\n\r\n`,
  `POST /tree HTTP/1.1\r\nHost: a\r\n${json}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n{"child":{}}`,
  `POST /echo HTTP/1.1\r\nHost: a\r\n${json}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n\r\n{}`,
  `GET /socket HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n\x81\x82\0\0\0\0hi\x88\x80\0\0\0\0`,
  `GET /flood HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`,
  `GET /ok HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`,
].map((text) => Buffer.from(text, 'latin1'))
const splices = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '0\r\n\r\n',
  'ffffffff',
  '-1',
  '%00',
  '/../',
  '\xff',
  'Host: b\r\n',
]

interface Plan {
  readonly pieces: ReadonlyArray<{ readonly bytes: Buffer; readonly pause: number }>
  readonly end: 'reset' | 'half-close' | 'close' | 'silence'
  readonly reads: boolean
}

/** What one connection does. */
function planOf(next: () => number): Plan {
  const up = (to: number) => Math.floor(next() * to)
  const messages = Array.from({ length: 1 + up(4) }, () => {
    let bytes = corpus[up(corpus.length)]!
    for (let i = up(4); i > 0; i--) {
      const at = up(bytes.length + 1)
      const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)]
      const kind = up(5)
      if (kind === 0) bytes = before
      else if (kind === 1) bytes = Buffer.concat([before, behind.subarray(up(8))])
      else if (kind === 2)
        bytes = Buffer.concat([before, Buffer.from(splices[up(splices.length)]!, 'latin1'), behind])
      else if (kind === 3) bytes = Buffer.concat([before, Buffer.from([up(256)]), behind.subarray(1)])
      else bytes = Buffer.concat([before, corpus[up(corpus.length)]!.subarray(up(40)), behind])
    }
    return bytes
  })
  const all = Buffer.concat(messages)
  const cuts = [0, ...Array.from({ length: up(4) }, () => up(all.length)).sort((a, b) => a - b), all.length]
  return {
    pieces: cuts
      .slice(1)
      .map((to, i) => ({ bytes: all.subarray(cuts[i], to), pause: up(3) === 0 ? up(30) : 0 })),
    end: (['reset', 'half-close', 'close', 'silence'] as const)[up(4)]!,
    reads: up(5) > 0,
  }
}

async function run(port: number, { pieces, end, reads }: Plan): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let text = ''
  if (reads)
    socket.on('data', (chunk) => {
      if (text.length < 10_000) text += chunk.toString('latin1')
    })
  else socket.pause()
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed])
  for (const { bytes, pause } of pieces) {
    if (socket.destroyed) break
    socket.write(bytes)
    if (pause > 0) await Promise.race([sleep(pause), closed])
  }
  if (end === 'reset') socket.resetAndDestroy()
  else if (end === 'close') socket.destroy()
  else if (end === 'half-close') socket.end()
  await Promise.race([closed, sleep(200)])
  socket.destroy()
  await closed
  return text
}

test.runIf(heavy)(
  `${seconds} s of mutated messages, seed ${seed}: the process lives, and nothing of them remains`,
  async () => {
    using app = new Process('hostile.ts', {}, { flags: ['--expose-gc'] })
    const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
    const state = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/state`)
      return (await response.json()) as { inFlight: number; memory: number; rss: number }
    }
    let count = 0
    const fuzz = async (until: number, first: number) => {
      const worker = async (index: number) => {
        const next = random(first + index)
        while (Date.now() < until) {
          const plan = planOf(next)
          const text = await run(port, plan)
          count++
          const sent = () => Buffer.concat(plan.pieces.map(({ bytes }) => bytes)).toString('latin1')
          if (/node_modules|at .*\(.*:\d+:\d+\)|hunter2/.test(text))
            throw new Error(`leaked for ${JSON.stringify(sent())}`)
          if (/HTTP\/1\.1 500/.test(text)) throw new Error(`500 for ${JSON.stringify(sent())}`)
        }
      }
      await Promise.all(Array.from({ length: 24 }, (_, i) => worker(i)))
      // The limits of the slowest client.
      await sleep(4_000)
    }
    await fuzz(Date.now() + 10_000, seed * 1_000_000)
    const before = await state()
    await fuzz(Date.now() + seconds * 1_000, seed * 1_000_000 + 1_000)
    const after = await state()
    console.log(
      `fuzz: ${count} connections, memory ${before.memory.toFixed(1)} → ${after.memory.toFixed(1)} MB, rss ${before.rss.toFixed(0)} → ${after.rss.toFixed(0)} MB`,
    )
    expect(app.child.exitCode).toBeNull()
    expect(after.inFlight).toBe(0)
    expect(after.memory - before.memory).toBeLessThan(20)
    expect((await fetch(`http://127.0.0.1:${port}/ok`)).status).toBe(200)
    app.signal('SIGTERM')
    expect((await app.exited).code).toBe(0)
    expect(app.lines.filter((line) => /unhandled|uncaught|kept alive/i.test(line))).toEqual([])
  },
  (seconds + 120) * 1_000,
)
