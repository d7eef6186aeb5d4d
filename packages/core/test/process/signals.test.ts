// Real processes, real signals.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from '@myfy/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { service } from '../process.ts'
import { quiet } from '../quiet.ts'

const posix = process.platform !== 'win32'

describe.skipIf(!posix).concurrent('a process', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'stops gracefully on %s: in reverse, exit 0, no handler left',
    async (signal) => {
      await using app = service('service.ts')
      await app.says('READY')
      const { code } = await app.kill(signal)
      expect(code).toBe(0)
      expect(app.output).toContain(`Received shutdown signal ${signal}`)
      const stops = app.lines.filter((line) => line.startsWith('stopping'))
      expect(stops).toEqual(['stopping last', 'stopping subject', 'stopping first'])
      expect(app.output).toContain('run resolved to 0')
      expect(app.output).toContain('listeners left: 1 1 1 0 0') // those that ignore late signals
    },
  )

  test('ends at once when nothing is left: before one that a timer keeps alive', async () => {
    await using app = service('service.ts')
    await using kept = service('service.ts', ['open timer'])
    await Promise.all([app.says('READY'), kept.says('READY')])
    kept.child.kill('SIGTERM')
    expect((await app.kill('SIGTERM')).code).toBe(0)
    expect(kept.child.exitCode).toBeNull()
    expect(app.output).not.toContain('kept alive')
  })

  test('on SIGTERM during a slow start: the start is given up, what started stops, nothing more starts, exit 0', async () => {
    await using app = service('service.ts', ['slow start'])
    await app.says('starting subject')
    const { code } = await app.kill('SIGTERM')
    expect(code).toBe(0)
    expect(app.output).not.toContain('starting last')
    expect(app.output).not.toContain('READY')
    expect(app.output).toContain('first stops')
  })

  test('on SIGTERM during a start that does not listen: abandoned after the stop budget, exit 3', async () => {
    await using app = service('service.ts', ['deaf start'])
    await app.says('starting subject')
    const { code } = await app.kill('SIGTERM')
    expect(code).toBe(3)
    expect(app.output).toContain('start of subject abandoned')
    expect(app.output).toContain('first stops')
  })

  test('on SIGTERM during initialize: nothing starts, exit 0', async () => {
    await using app = service('service.ts', ['slow initialize'])
    await app.says('configure of subject')
    const { code } = await app.kill('SIGTERM')
    expect(code).toBe(0)
    expect(app.output).not.toContain('first starts')
  })

  test('on SIGTERM during a rollback: the rollback goes on, exit 1', async () => {
    await using app = service('rollback.ts')
    await app.says('ROLLING BACK')
    const { code } = await app.kill('SIGTERM')
    expect(code).toBe(1)
    expect(app.output).toContain('slow module stopped')
  })

  test('a start that fails: earlier modules stop, the cause is told first, exit 1', async () => {
    await using app = service('service.ts', ['failing start'])
    expect((await app.ended).code).toBe(1)
    expect(app.output.indexOf('the database is away')).toBeLessThan(app.output.indexOf('stopping first'))
    expect(app.output).not.toContain('starting last')
  })

  test('a start that fails exits with 1 even when the caller swallows the error', async () => {
    await using app = service('service.ts', ['failing start', 'swallow'])
    expect((await app.ended).code).toBe(1)
  })

  test('two SIGINT, one right after the other, are one key press', async () => {
    await using app = service('service.ts', ['slow stop', 'second SIGINT'])
    await app.says('READY')
    expect((await app.kill('SIGINT')).code).toBe(0)
    expect(app.lines.filter((line) => line.startsWith('SIGINT'))).toEqual(['SIGINT: stop', 'SIGINT: repeat'])
    expect(app.output).toContain('first stops')
  })

  test('a second SIGINT after the pause of a key press forces the end of a hung hook: exit 130 at once', async () => {
    await using app = service('service.ts', ['hung stop'], { STOP: '20000' })
    await app.says('READY')
    app.child.kill('SIGINT')
    await app.says('stopping subject')
    const { code } = await app.press('SIGINT', 'forcing the end')
    expect(code).toBe(130)
    expect(app.output).toContain('stop of subject abandoned')
    expect(app.output).toContain('stop of first skipped')
  })

  test('a hung hook with nothing else alive: never exit 0', async () => {
    await using app = service('service.ts', ['hung stop'])
    await app.says('READY')
    expect((await app.kill('SIGTERM')).code).toBe(3)
    expect(app.output).toContain('stop of subject abandoned')
    expect(app.output).toContain('first stops')
  })

  test('a hook that waits on an unref’d timer is waited for, and abandoned in its time', async () => {
    await using app = service('service.ts', ['unref stop'])
    await app.says('READY')
    expect((await app.kill('SIGTERM')).code).toBe(3)
    expect(app.output).toContain('stop of subject abandoned')
  })

  test('a blocked event loop is ended by the watchdog', async () => {
    await using app = service('service.ts', ['blocked stop'], { DRAIN: '500', STOP: '1000' })
    await app.says('READY')
    const { signal, ms } = await app.kill('SIGTERM')
    expect(signal).toBe('SIGKILL')
    expect(ms).toBeGreaterThan(2_000)
    expect(app.output).toContain('the watchdog ends the process')
  })

  test('a timer that somebody forgot keeps the process no longer than 2 s, and is named', async () => {
    await using app = service('service.ts', ['open timer'])
    await app.says('READY')
    const { code, ms } = await app.kill('SIGTERM')
    expect(code).toBe(0)
    expect(ms).toBeGreaterThan(1_900)
    expect(app.output).toContain('kept alive by Timeout')
  })

  test.each([
    ['fatal later', 'out of the blue'],
    ['rejection later', 'nobody caught me'],
    ['fatal task', 'the queue is gone'],
  ])('%s: the same graceful stop, the error first, exit 1', async (scenario, message) => {
    await using app = service('service.ts', [scenario])
    const { code } = await app.ended
    expect(code).toBe(1)
    expect(app.output).toContain(message)
    expect(app.output.indexOf(message)).toBeLessThan(app.output.indexOf('stopping first'))
    expect(app.output).toContain('first stops')
  })

  test('a foreign signal handler that calls process.exit does not cut the stop', async () => {
    await using app = service('service.ts', ['slow stop', 'foreign exit'])
    await app.says('READY')
    const { code } = await app.kill('SIGTERM')
    expect(app.output).toContain('first stops')
    expect(app.output).toContain('process.exit(5) was called during the stop')
    expect(code).toBe(5)
  })

  test('no line of the stop is lost through a slow pipe', async () => {
    await using app = service('service.ts', ['chatty'])
    await app.says('READY')
    app.child.stdout?.pause()
    app.child.kill('SIGTERM')
    // The pipe is full, and so is the buffer of its reader.
    const { stdout } = app.child
    await vi.waitFor(
      () => expect(stdout!.readableLength).toBeGreaterThanOrEqual(stdout!.readableHighWaterMark),
      30_000,
    )
    stdout!.resume()
    const { code } = await app.ended
    expect(code).toBe(0)
    expect(app.output).toContain('line 4999 ')
    expect(app.output).toContain('first stops')
    expect(app.output).toContain('run resolved to 0')
  })

  test('goes on serving when the reader of its output goes away, and stops with 0', async () => {
    await using app = service('service.ts')
    await app.says('READY')
    app.child.stdout?.destroy()
    app.child.stderr?.destroy()
    expect((await app.kill('SIGTERM')).code).toBe(0)
  })

  test('does not care that its standard input is closed', async () => {
    await using app = service('service.ts')
    app.child.stdin?.destroy()
    await app.says('READY')
    expect((await app.kill('SIGTERM')).code).toBe(0)
  })

  test('as PID 1 of a container stops on SIGTERM', async ({ skip }) => {
    const probe = spawn('unshare', ['--fork', '--pid', '--mount-proc', 'true'])
    const can = await new Promise<boolean>((resolve) =>
      probe.on('error', () => resolve(false)).on('close', (code) => resolve(code === 0)),
    )
    if (!can) return skip('no permission to make a PID namespace here')
    await using app = service('pid1.ts')
    await app.says('pid 1 READY')
    await app.says('SENT')
    expect((await app.ended).code).toBe(0)
    expect(app.output).toContain('Received shutdown signal SIGTERM')
  })

  test('tells PM2 that it is ready, and stops when PM2 says so', async () => {
    await using app = service('service.ts', [], { pm_id: '0' }, { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] })
    const told = await new Promise((resolve) => app.child.once('message', resolve))
    expect(told).toBe('ready')
    app.child.send('shutdown')
    expect((await app.ended).code).toBe(0)
    expect(app.output).toContain('first stops')
  })

  test('tells systemd that it is ready and that it stops, by its own tool', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'myfy-systemd-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const told = join(directory, 'told')
    writeFileSync(join(directory, 'systemd-notify'), `#!/bin/sh\necho "$1" >> ${told}\n`, { mode: 0o755 })
    await using app = service('service.ts', [], {
      PATH: `${directory}:${process.env.PATH}`,
      NOTIFY_SOCKET: '/run/none',
    })
    await app.says('READY')
    await vi.waitFor(() => expect(existsSync(told)).toBe(true), 30_000)
    await app.kill('SIGTERM')
    await vi.waitFor(() => expect(readFileSync(told, 'utf8')).toBe('READY=1\nSTOPPING=1\n'), 30_000)
  })

  test('JSON logs are one object a line', async () => {
    await using app = service('service.ts', [], { LOG_FORMAT: 'json' })
    await app.says('READY')
    await app.kill('SIGTERM')
    const events = app.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { message: string; level: string })
    expect(events.map((event) => event.message)).toContain('Received shutdown signal SIGTERM')
    expect(events.at(-1)?.message).toMatch(/^stopped in .* exit code 0$/)
  })
})

describe.skipIf(!posix).concurrent('each fault in a real process', () => {
  // At least one of each fault and phase of the matrix with real signals and real time.
  const cases = [
    ['configure', 'throws', 78],
    ['extend', 'rejects', 78],
    ['finalize', 'hangs', 78],
    ['onStartup', 'throws', 1],
    ['lifespan up', 'rejects', 1],
    ['start', 'hangs', 1],
    ['ready', 'rejects late', 1],
    ['drain', 'hangs', 3],
    ['drain', 'slow', 0],
    ['stop', 'rejects late', 3],
    ['lifespan down', 'throws', 3],
    ['onShutdown', 'slow', 0],
  ] as const
  test.each(cases)('%s %s: exit %i', async (phase, fault, expected) => {
    await using app = service('fault.ts', [phase, fault])
    void app.says('READY').then(
      () => app.child.kill('SIGTERM'),
      () => {},
    )
    const { code } = await app.ended
    expect(code, app.output).toBe(expected)
    const count = (text: string) => app.lines.filter((line) => line === text).length
    expect(count('before starts') - count('before stops')).toBe(0)
    expect(count(`enter ${phase}`)).toBe(1)
  })
})

test
  .skipIf(!posix)
  .concurrent('a second signal forces only if both are SIGINT: every pair', async ({ expect }) => {
    await using app = service('signal-pairs.ts')
    expect((await app.ended).code, app.output).toBe(130)
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']
    const pairs = signals.flatMap((first) => signals.map((second) => `${first} ${second}`))
    expect(app.lines).toEqual(
      pairs
        .filter((pair) => pair !== 'SIGINT SIGINT')
        .map((pair) => `${pair}: exit code 0, ${pair.split(' ')[1]}; already stopping, stopped`),
    )
  })

describe('SIGUSR2', () => {
  test('belongs to profilers: without nodemon it is not handled', async () => {
    await using app = service('kernel.ts', ['plain'])
    await app.says('READY')
    expect((await app.kill('SIGUSR2')).signal).toBe('SIGUSR2')
  })

  test.each([
    ['under nodemon', 'plain', { npm_lifecycle_script: 'nodemon --ext ts src/main.ts' }],
    ['that the run asks for', 'SIGUSR2 asked for', {}],
  ])('%s stops gracefully', async (_, scenario, env) => {
    await using app = service('kernel.ts', [scenario], env)
    await app.says('READY')
    expect((await app.kill('SIGUSR2')).code).toBe(0)
    expect(app.output).toContain('db closed')
  })
})

test('signals may come from elsewhere: from a function, and not from the process', async () => {
  const before = process.listenerCount('SIGTERM')
  let deliver: (signal: NodeJS.Signals) => void = () => {}
  let removed = 0
  const app = new Application({ logger: quiet })
  app.on('ready', () => {
    expect(process.listenerCount('SIGTERM')).toBe(before)
    deliver('SIGTERM')
  })
  const exitCode = process.exitCode
  const code = await app.run({
    signals: (given) => {
      deliver = given
      return () => removed++
    },
  })
  process.exitCode = exitCode
  expect([code, removed]).toEqual([0, 1])
})
