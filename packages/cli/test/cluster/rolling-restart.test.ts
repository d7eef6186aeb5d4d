import { describe, expect, test } from 'vitest'
import { write } from '../project.ts'
import { application, serve, version } from './application.ts'
import { newConnections } from './load.ts'

const HANGING = [
  ['loops at import', 'for (;;) {}'],
  ['waits at import', 'await new Promise(() => setInterval(() => {}, 1e6))'],
  [
    'ignores signals and waits',
    `process.on('SIGTERM', () => {}); await new Promise(() => setInterval(() => {}, 1e6))`,
  ],
  ['waits in a start hook', application('two').replace('start() {}', 'start: () => new Promise(() => {})')],
] as const

describe('a rolling restart', { timeout: 90_000 }, () => {
  test.each(HANGING)('whose new version %s is superseded by a newer SIGHUP', async (_, source) => {
    const { running, cwd, url } = await serve()
    write(cwd, { 'app.mjs': source })
    running.kill('SIGHUP')
    await running.until('SIGHUP: replacing the workers one by one')
    write(cwd, { 'app.mjs': application('three') })
    running.kill('SIGHUP')
    await running.until(
      /SIGHUP: discarding the unfinished replacement of worker 1 \(pid \d+\) and starting over/,
    )
    await running.until('all workers are replaced')
    expect([await version(url), await version(url)]).toEqual(['three', 'three'])
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('whose new version does not become ready in time is ended, and the old workers keep serving', async () => {
    const { running, cwd, url } = await serve(['--start-timeout', '2s'])
    write(cwd, { 'app.mjs': 'await new Promise(() => setInterval(() => {}, 1e6))' })
    running.kill('SIGHUP')
    await running.until('worker 1 was not ready within 2 s and was killed; the old workers keep serving')
    expect([await version(url), await version(url)]).toEqual(['one', 'one'])
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test.each([
    ['at once', /SIGHUP: replacing/],
    ['when the first worker is replaced', /worker 1 ready[\s\S]*SIGHUP[\s\S]*worker 1 ready/],
    ['when all workers are replaced', /all workers are replaced/],
  ])('that a SIGTERM interrupts %s loses no new connection and ends with 0', async (_, moment) => {
    const { running, cwd, url } = await serve()
    const load = newConnections(url, 140)
    await load.serving
    write(cwd, { 'app.mjs': application('two') })
    running.kill('SIGHUP')
    await running.until(moment)
    running.kill('SIGTERM')
    const { code, output } = await running.ended
    const { lost, answered } = await load.end()
    expect(lost).toEqual([])
    expect(answered).toBeGreaterThan(0)
    expect(code, output).toBe(0)
  })
})

describe('a worker that does not stop as it should', { timeout: 60_000 }, () => {
  const ends = [
    ['is killed', "stop() { process.kill(process.pid, 'SIGKILL') }", 'was killed by SIGKILL'],
    ['fails to stop', "stop() { throw new Error('disk full') }", 'ended with code 3'],
  ] as const
  test.each(ends)('and %s is named in a rolling restart', async (_, hook, end) => {
    const { running, cwd } = await serve([], false, application('one').replace('start() {}', hook))
    write(cwd, { 'app.mjs': application('two') })
    running.kill('SIGHUP')
    await running.until('all workers are replaced')
    for (const slot of [1, 2])
      await running.until(new RegExp(`worker ${slot} \\(pid \\d+\\) ${end} while it stopped`))
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test.each(ends)('and %s is named in a stop, which ends with 3', async (_, hook, end) => {
    const { running } = await serve([], false, application('one').replace('start() {}', hook))
    running.kill('SIGTERM')
    const ended = await running.ended
    expect(ended.output).toMatch(new RegExp(`worker 1 \\(pid \\d+\\) ${end} while it stopped`))
    expect(ended.code).toBe(3)
  })
})
