// Clients as they are, against one application. They run under `MYFY_HEAVY=1`; a client that is not installed is skipped
// and named.

import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import WebSocket from 'crossws/websocket'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { installed } from '../installed.ts'
import { Process } from '../process.ts'

const heavy = process.env.MYFY_HEAVY === '1'
const run = promisify(execFile)
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Imports a package that is a client and nothing else. */
async function clientPackage(name: string, ...packages: string[]): Promise<unknown> {
  const prefix = await installed(`client-${name}`, ...packages)
  const probe = join(prefix, 'import.mjs')
  await writeFile(probe, `export default await import('${name}')\n`)
  return ((await import(pathToFileURL(probe).href)) as { default: unknown }).default
}

const commands: Record<string, readonly string[]> = {
  curl: ['--version'],
  ab: ['-V'],
  wrk: ['-v'],
  python3: ['--version'],
  java: ['-version'],
  nginx: ['-v'],
  chromium: ['--version'],
}
const missing = heavy
  ? Object.entries(commands)
      // wrk prints its version and fails.
      .filter(([name, args]) => !(name === 'wrk' ? has('which', 'wrk') : has(name, ...args)))
      .map(([name]) => name)
  : []
if (missing.length > 0) console.warn(`not installed, so not tried: ${missing.join(', ')}`)
const client = (name: string) => test.skipIf(missing.includes(name))

describe.runIf(heavy)('clients', { timeout: 120_000 }, () => {
  let app: Process
  let url: string
  beforeAll(async () => {
    app = new Process('clients.ts')
    url = /http:\S+/.exec(await app.line(/^ready /))![0]
  })
  // In the order of the application: nothing failed on its side, and its drain is clean.
  afterAll(async () => {
    app.signal('SIGTERM')
    expect((await app.exited).code).toBe(0)
    expect(app.lines.filter((line) => line.startsWith('error'))).toEqual([])
  })

  describe('curl', () => {
    const curl = async (...args: string[]) => (await run('curl', ['-sS', '-m', '20', ...args])).stdout
    const json = ['-H', 'content-type: application/json', '-d', '{"name":"Ada"}']
    client('curl')('gets, posts, and uses a connection again', async () => {
      expect(await curl(`${url}/hello`, `${url}/hello`)).toBe('hellohello')
      expect(await curl(...json, `${url}/echo`, `${url}/echo`)).toBe('{"name":"Ada"}{"name":"Ada"}')
      const reused = await curl(
        '-o',
        '/dev/null',
        '-o',
        '/dev/null',
        '-w',
        '%{num_connects} ',
        ...json,
        `${url}/echo`,
        `${url}/echo`,
      )
      expect(reused).toBe('1 0 ')
    })
    client('curl')('speaks HTTP/1.0, asks for the head, offers HTTP/2', async () => {
      expect(await curl('--http1.0', `${url}/stream`)).toBe('one two')
      expect(await curl('-I', `${url}/large`)).toMatch(/content-length: 2000000/i)
      expect(await curl('--http2', ...json, `${url}/echo`)).toBe('{"name":"Ada"}')
    })
    client('curl')('uploads with `Expect: 100-continue`, in chunks, and too much', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'myfy-'))
      await writeFile(join(directory, 'file'), 'x'.repeat(2_000_000))
      const file = `@${join(directory, 'file')}`
      expect(await curl('-H', 'expect: 100-continue', '--data-binary', file, `${url}/upload`)).toBe(
        '{"size":2000000}',
      )
      expect(await curl('-H', 'transfer-encoding: chunked', '--data-binary', file, `${url}/upload`)).toBe(
        '{"size":2000000}',
      )
      expect(await curl('-F', `file=${file}`, `${url}/form`)).toMatch(/413/)
      expect(
        await curl('-o', '/dev/null', '-w', '%{http_code}', '--data-binary', file, `${url}/refused`),
      ).toBe('413')
      expect(
        await curl(
          '-H',
          'expect: 100-continue',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          '--data-binary',
          file,
          `${url}/nowhere`,
        ),
      ).toBe('404')
    })
    client('curl')('reads events as they come', async () => {
      const { stdout } = await run('curl', ['-sSN', '-m', '1', `${url}/events`]).catch(
        (error: { stdout: string }) => error,
      )
      expect(stdout).toBe('event: tick\ndata: tock\n\n')
    })
  })

  test('undici, as fetch: 200 requests, uploads and a stream', async () => {
    const ask = async (i: number) => {
      const response = await fetch(`${url}/echo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: `Ada ${i}` }),
      })
      return (await response.json()) as { name: string }
    }
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i)))
    expect(answers.map(({ name }) => name)).toEqual(Array.from({ length: 200 }, (_, i) => `Ada ${i}`))
    const body = new Blob(['x'.repeat(3_000_000)]).stream()
    const upload = await fetch(`${url}/upload`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(await upload.json()).toEqual({ size: 3_000_000 })
    expect(await (await fetch(`${url}/stream`)).text()).toBe('one two')
    expect((await fetch(`${url}/refused`, { method: 'POST', body: 'x'.repeat(2_000) })).status).toBe(413)
  })

  test('undici, pipelining ten requests on one connection', async () => {
    const { Pool } = (await clientPackage('undici', 'undici@7')) as {
      Pool: new (
        origin: string,
        options: object,
      ) => {
        request(options: object): Promise<{ statusCode: number; body: { text(): Promise<string> } }>
        close(): Promise<void>
      }
    }
    const pool = new Pool(url, { connections: 1, pipelining: 10 })
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () =>
        (await pool.request({ path: '/hello', method: 'GET' })).body.text(),
      ),
    )
    expect(new Set(answers)).toEqual(new Set(['hello']))
    await pool.close()
  })

  test('the agent of node:http: 200 requests on one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const ports = new Set<number>()
    const post = (i: number) =>
      new Promise<string>((resolve, reject) => {
        const sent = request(`${url}/echo`, {
          agent,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        })
        sent.on('error', reject).on('response', (response) => {
          ports.add(response.socket.localPort!)
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve(text))
        })
        sent.end(JSON.stringify({ name: String(i) }))
      })
    for (let i = 0; i < 200; i++) expect(await post(i)).toBe(`{"name":"${i}"}`)
    expect(ports.size).toBe(1)
  })

  client('chromium')('Chromium: fetch, a form, EventSource and WebSocket', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'myfy-'))
    const browser = spawn(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${profile}`,
        '--remote-debugging-port=0',
        `${url}/`,
      ],
      { stdio: 'ignore' },
    )
    onTestFinished(() => void browser.kill('SIGKILL'))
    const report = await app.line(/^report /)
    expect(JSON.parse(report.slice('report '.length))).toEqual({
      get: 'hello',
      post: 'Ada',
      upload: 300_000,
      form: ['name', 'file'],
      events: 'tock',
      socket: 'hi',
    })
  })

  client('ab')('ab -k: 2,000 requests on 20 connections, all of them kept', async () => {
    const { stdout } = await run('ab', ['-k', '-n', '2000', '-c', '20', `${url}/hello`])
    expect(stdout).toMatch(/Complete requests:\s+2000/)
    expect(stdout).toMatch(/Failed requests:\s+0/)
    expect(stdout).toMatch(/Keep-Alive requests:\s+2000/)
    expect(stdout).not.toMatch(/Non-2xx/)
  })

  client('wrk')('wrk: no error on 20 connections', async () => {
    const { stdout } = await run('wrk', ['-t1', '-c20', '-d2s', `${url}/hello`])
    expect(stdout).toMatch(/\d+ requests in/)
    expect(stdout).not.toMatch(/Socket errors|Non-2xx/)
  })

  client('python3')('python requests, or urllib', async () => {
    const { stdout } = await run('python3', [fixture('clients.py'), url])
    if (stdout.includes('urllib')) console.warn('python requests is not installed: urllib was tried')
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => !line.includes('urllib'))
    expect(lines.slice(0, 7)).toEqual(['hello', 'Ada', 'hello', 'Ada', 'hello', 'Ada', '300000'])
    if (lines.length > 7) expect(lines.slice(7)).toEqual(["['file']", 'one two', '413', '2000000'])
  })

  client('java')("Java's HttpClient, which offers h2c", async () => {
    const { stdout } = await run('java', [fixture('Clients.java'), url])
    const pair = ['200 {"name":"Ada"}', '200 hello']
    const upload = '{"size":300000}'
    expect(stdout.trim().split('\n')).toEqual([
      ...pair,
      ...pair,
      ...pair,
      upload,
      ...[...pair].reverse(),
      ...[...pair].reverse(),
      ...[...pair].reverse(),
      upload,
    ])
  })

  test('graphql-ws: a subscription', async () => {
    const { createClient } = (await clientPackage('graphql-ws', 'graphql@16', 'graphql-ws@6')) as {
      createClient(options: object): {
        iterate(payload: object): AsyncIterable<{ data: { count: number } }>
        dispose(): unknown
      }
    }
    const subscriber = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket })
    const counts: number[] = []
    for await (const { data } of subscriber.iterate({ query: 'subscription { count }' }))
      counts.push(data.count)
    expect(counts).toEqual([1, 2, 3])
    await subscriber.dispose()
  })

  client('nginx')('nginx in front: requests, uploads, events and WebSockets', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'myfy-'))
    const socket = join(directory, 'nginx.sock')
    const port = await freePort()
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${directory}/${name};`,
    )
    await writeFile(
      join(directory, 'nginx.conf'),
      `${process.getuid?.() === 0 ? 'user root; ' : ''}pid ${socket}.pid; daemon off; error_log ${directory}/error.log; worker_processes 1;
      events { worker_connections 256; }
      http {
        access_log off; client_max_body_size 20m; ${paths.join(' ')}
        upstream app { server ${new URL(url).host}; keepalive 8; }
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        server {
          listen 127.0.0.1:${port};
          location / {
            proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
          }
        }
      }`,
    )
    const proxy = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: 'ignore' })
    onTestFinished(() => void proxy.kill('SIGTERM'))
    const front = `http://127.0.0.1:${port}`
    while (
      await fetch(`${front}/hello`).then(
        ({ ok }) => !ok,
        () => true,
      )
    )
      await new Promise(setImmediate)
    const texts = await Promise.all(
      Array.from({ length: 100 }, async () => (await fetch(`${front}/hello`)).text()),
    )
    expect(new Set(texts)).toEqual(new Set(['hello']))
    expect((await (await fetch(`${front}/large`)).text()).length).toBe(2_000_000)
    const post = (path: string, body: string) =>
      fetch(front + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await (await post('/echo', '{"name":"Ada"}')).json()).toEqual({ name: 'Ada' })
    expect(await (await post('/upload', 'x'.repeat(3_000_000))).json()).toEqual({ size: 3_000_000 })
    expect((await post('/refused', 'x'.repeat(500_000))).status).toBe(413)
    expect((await post('/nowhere', 'x'.repeat(500_000))).status).toBe(404)
    const leave = new AbortController()
    const events = await fetch(`${front}/events`, { signal: leave.signal })
    const { value } = await events.body!.getReader().read()
    expect(Buffer.from(value!).toString()).toBe('event: tick\ndata: tock\n\n')
    leave.abort()
    const peer = new WebSocket(`${front.replace('http', 'ws')}/socket`)
    const echoed = await new Promise((resolve) => {
      peer.addEventListener('open', () => peer.send('hi'))
      peer.addEventListener('message', ({ data }) => resolve(String(data)))
    })
    peer.close()
    expect(echoed).toBe('hi')
  })
})
