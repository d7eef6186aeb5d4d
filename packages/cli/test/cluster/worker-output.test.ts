import { spawn } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LineWriter, labelLine } from '../../src/cluster/worker-output.ts'
import { program, project } from '../project.ts'
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
