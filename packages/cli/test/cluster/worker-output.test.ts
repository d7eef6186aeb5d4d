import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { forwardOutput, LineWriter, labelLine } from '../../src/cluster/worker-output.ts'
import { program, project, start } from '../project.ts'
import { application, version } from './application.ts'

describe('a line of a worker', () => {
  test.each([
    ['12:00:00.000 info  ready', '[2] 12:00:00.000 info  ready'],
    ['', '[2] '],
    ['{"level":"info","message":"ready"}', '{"worker":2,"level":"info","message":"ready"}'],
    ['{ "level": 30 }', '{"worker":2,"level": 30 }'],
    ['{ worker: 1 }', '[2] { worker: 1 }'],
    ['{}', '[2] {}'],
  ])('%j is labeled as %j', (line, labeled) => {
    expect(labelLine(line, 2)).toBe(labeled)
  })
})

describe('a line writer', () => {
  test('drops lines while its stream is not read, and reports their number', () => {
    const written: string[] = []
    const stream = { writableLength: 5_000_000, write: (text: string) => written.push(text) > 0 }
    const writer = new LineWriter(stream, (count) => `${count} dropped`)
    writer.write('one')
    writer.write('two')
    stream.writableLength = 0
    writer.write('three')
    expect(written).toEqual(['2 dropped\n', 'three\n'])
  })
})

describe('an entry of several lines', () => {
  /** Two workers, and what is written of their output. */
  function workers() {
    const written: string[] = []
    const stream = { writableLength: 0, write: (text: string) => written.push(text) > 0 }
    const writer = new LineWriter(stream, (count) => `${count} dropped`)
    const sources = [1, 2].map((slot) => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()]
      const ended = forwardOutput({ slot, stdout, stderr }, writer, writer)
      return { stdout, stderr, ended }
    })
    const end = async () => {
      for (const { stdout, stderr } of sources) stdout.end() && stderr.end()
      await Promise.all(sources.map(({ ended }) => ended))
      return written.join('').split('\n').slice(0, -1)
    }
    return { sources, end }
  }

  // Where a pipe may cut the output of a worker: anywhere.
  const text = 'error failed\n    Error: no\n\n      at one\n      at two\n'
  test.each(Array.from({ length: text.length }, (_, at) => at))(
    'that arrives in two pieces, cut at %i, has no line of another worker within it',
    async (at) => {
      const { sources, end } = workers()
      const [one, two] = sources
      one!.stderr.write(text.slice(0, at))
      two!.stderr.write('other\n')
      await new Promise(setImmediate)
      one!.stderr.write(text.slice(at))
      const lines = await end()
      const own = lines.filter((line) => line.startsWith('[1]'))
      expect(own.map((line) => line.slice(4)).join('\n')).toBe(text.trimEnd())
      expect(lines.indexOf(own.at(-1)!) - lines.indexOf(own[0]!)).toBe(own.length - 1)
      expect(lines).toContain('[2] other')
    },
  )

  test('is not held back when no further line comes', async () => {
    const written = new PassThrough()
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const writer = new LineWriter(
      { writableLength: 0, write: (piece) => written.write(piece) },
      (count) => `${count}`,
    )
    void forwardOutput({ slot: 1, stdout, stderr }, writer, writer)
    stdout.write('ready\nand ')
    expect(String((await once(written, 'data'))[0])).toBe('[1] ready\n')
  })
})

const failing = `
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  route.get('/fail/:n', ({ params }) => {
    const lines = Array.from({ length: 100 }, (_, i) => '    line ' + i + ' of ' + params.n + ' ' + 'x'.repeat(100))
    const error = new Error('failure ' + params.n, { cause: new Error('the cause of ' + params.n) })
    error.stack = ['Error: failure ' + params.n, ...lines].join('\\n')
    throw error
  })
})
export const app = new Application().addModule(new WebModule({ routes: [routes], host: '127.0.0.1', port: 0 }))
`

test('the stacks of two workers are whole, and each of their lines has its worker, in colors too', async () => {
  const cwd = project({ 'app.mjs': failing })
  const env = { LOG_FORMAT: 'text', FORCE_COLOR: '1' }
  const running = start(['start', 'app.mjs', '--workers', '2'], { cwd, env })
  const [, url] = await running.until(/workers ready in \S+ \S+ on (http:\S+);/)
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const response = await fetch(`${url}/fail/${n}`, { headers: { connection: 'close' } })
      expect(response.status).toBe(500)
      await response.text()
    }),
  )
  running.kill('SIGTERM')
  const { code, stderr, stdout } = await running.ended
  expect(code).toBe(0)
  const lines = stripVTControlCharacters(stderr).split('\n')
  const heads = lines.flatMap((line, at) => (line.includes('GET /fail/:n failed') ? [at] : []))
  expect(heads.length).toBe(100)
  const seen = new Set<string>()
  for (const head of heads) {
    const [label] = /^\[[12]\] /.exec(lines[head]!)!
    const [, n] = /failure (\d+)$/.exec(lines[head + 1]!)!
    seen.add(label)
    for (let i = 0; i < 100; i++) expect(lines[head + 2 + i]).toContain(`line ${i} of ${n} x`)
    expect(lines[head + 102]).toContain(`the cause of ${n}`)
    for (let i = 1; i <= 102; i++) expect(lines[head + i]!.startsWith(`${label}             `)).toBe(true)
  }
  expect(seen.size).toBe(2)
  // The last line of each worker is not lost at the end.
  for (const label of ['[1]', '[2]']) {
    const own = stripVTControlCharacters(stdout)
      .split('\n')
      .filter((line) => line.startsWith(label))
    expect(own.at(-1)).toMatch(/stopped in .*, exit code 0/)
  }
})

describe('a reader of the output that does not read', { timeout: 60_000 }, () => {
  test.each([
    ['workers', ['--workers', '2'], /workers ready in \S+ \S+ on (http:\S+);/],
    ['a single process', [], /http listening on (http:\S+)/],
  ])('does not block %s', async (_, options, ready) => {
    const cwd = project({ 'app.mjs': application('one') })
    const args = [...program.args, 'start', 'app.mjs', ...options]
    const env = {
      ...process.env,
      LOG_FORMAT: 'text',
      MYFY_GRACE_PERIOD: '5s',
      NODE_OPTIONS: undefined,
      VITEST: undefined,
    }
    const child = spawn(program.node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const url = await new Promise<string>((resolve) => {
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk)
        const [, found] = ready.exec(output) ?? []
        if (found !== undefined) resolve(found)
      })
    })
    child.stdout.removeAllListeners('data').pause()
    // 10 MB: more than the pipes and the writer hold.
    for (let i = 0; i < 500; i++) await (await fetch(`${url}/log`)).json()
    expect(await version(url)).toBe('one')
    child.kill('SIGTERM')
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    expect(await ended).toBe(0)
  })
})
