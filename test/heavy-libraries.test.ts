// Libraries and tools as they are used beside an application, as real processes: `MYFY_HEAVY=1 pnpm vitest run
// test/heavy-libraries.test.ts`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { installLibraries, libraries } from './libraries.ts'
import { flags } from './project.ts'
import { Program, TerminalProgram } from './signaled-program.ts'

const reachable = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

describe.runIf(process.env.MYFY_HEAVY)('an application', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-libraries-'))
  const file = (name: string) => join(libraries, name)
  const node = [process.execPath, ...flags]
  const linux = process.platform === 'linux'

  beforeAll(() => installLibraries(), 300_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  test('beside graphile-worker, which raises SIGTERM again, finishes its work', async ({ skip }) => {
    skip(!(await reachable(5432)), 'PostgreSQL is not reachable')
    const program = new Program(file('slow-work.ts'), {}, ['graphile-worker'])
    await program.prints(/^READY/)
    expect(await program.stop(), program.lines.join('\n')).toBe(0)
    expect(program.lines).toContain('answered')
    expect(program.lines).toContain('database closed')
  })

  test.each([
    ['bullmq', 6379, ''],
    ['bullmq', 6379, 'handlers'],
    ['pg-boss', 5432, ''],
    ['pg-boss', 5432, 'handlers'],
  ])(
    'whose jobs run by %s (port %i) finishes the active one and begins no other %s',
    async (name, port, handlers) => {
      // Not a skipped test: it would say nothing.
      if (!(await reachable(port))) return console.warn(`${name} is not reachable: skipped`)
      const program = new Program(file('job-library.ts'), {}, [name, handlers], undefined, true)
      onTestFinished(() => program.killGroup())
      await program.prints(/^READY/)
      await program.prints(/^begin a/)
      expect(await program.stop(), program.lines.join('\n')).toBe(0)
      expect(program.lines.filter((line) => /^(?:begin|end|left|database|.* error)/.test(line))).toEqual([
        'begin a',
        'end a',
        'left: 2',
        'database closed',
      ])
    },
  )

  test.runIf(linux)('under concurrently -k finishes its work after Ctrl+C', async () => {
    const concurrently = file('node_modules/concurrently/dist/bin/concurrently.js')
    // Longer than the other program takes to end: only then does concurrently send SIGTERM.
    const commands = [
      `WORK_MS=6000 ${node.join(' ')} ${file('slow-work.ts')}`,
      `${node.join(' ')} ${file('other-program.ts')}`,
    ]
    const program = new TerminalProgram(concurrently, ['-k', ...commands])
    onTestFinished(() => program.kill())
    await program.prints(/READY/)
    await program.prints(/WATCHING/)
    // The terminal sends SIGINT to each process, concurrently sends it again, and SIGTERM when the other has ended.
    program.interrupt()
    await program.prints(/\(exited\)/)
    const output = program.lines.join('\n')
    expect(output).toContain('answered')
    expect(output).toContain('database closed')
    expect(output).toContain('SIGTERM; already stopping')
  })

  test.runIf(linux)('under concurrently ends at once after Ctrl+C, and more of it', async () => {
    const concurrently = file('node_modules/concurrently/dist/bin/concurrently.js')
    const command = `WORK_MS=20000 ${node.join(' ')} ${file('slow-work.ts')}`
    const program = new TerminalProgram(concurrently, [command])
    onTestFinished(() => program.kill())
    await program.prints(/READY/)
    program.interrupt()
    await program.prints(/Received shutdown signal SIGINT/)
    await program.interruptUntil(/forcing the end/)
    await program.prints(/\(exited\)/)
    expect(program.lines.join('\n')).not.toContain('answered')
  })

  test.runIf(linux).each([
    ['by its own signal', []],
    ['by SIGTERM', ['--signal', 'SIGTERM']],
  ])('that nodemon restarts %s finishes its work first', async (_, args) => {
    const watched = join(directory, 'watched.js')
    writeFileSync(watched, '1')
    const nodemon = file('node_modules/nodemon/bin/nodemon.js')
    const command = `WORK_MS=1500 ${node.join(' ')} ${file('slow-work.ts')}`
    // A terminal: nodemon forwards the SIGINT of Ctrl+C, which its program receives as well.
    const program = new TerminalProgram(nodemon, ['--watch', directory, ...args, '--exec', command])
    onTestFinished(() => program.kill())
    await program.prints(/READY/)
    writeFileSync(watched, '2')
    await program.prints(/READY/, 2)
    program.interrupt()
    await program.prints(/\(exited\)/)
    const output = program.lines.join('\n')
    // Both processes: nodemon waits for the first only with its own signal.
    expect(output.match(/\banswered\b/g), output).toHaveLength(2)
    expect(output.match(/\bdatabase closed\b/g)).toHaveLength(2)
  })

  test('that logs by pino shows errors with what is inside, and the fields of a child', async () => {
    const program = new Program(file('logs-by-pino.ts'), {})
    await program.prints(/^FAILED/)
    expect(await program.stop()).toBe(3)
    const lines = program.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
    expect(lines.every(({ service }) => service === 'orders')).toBe(true)
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'migrated', tables: 3 }))
    const failed = lines.find(({ msg }) => /task poll of database failed/.test(msg))
    expect(JSON.stringify(failed.err)).toMatch(/refused by a.*ECONNREFUSED|ECONNREFUSED.*refused by a/)
    const stopped = lines.find(({ msg }) => /database failed in stop/.test(msg))
    expect(JSON.stringify(stopped.err)).toMatch(/the pool is busy.*3 clients/)
  })

  test.each(['stop', 'onShutdown'])('whose pino is closed in %s stops completely', async (hook) => {
    const log = join(directory, `${hook}.log`)
    const program = new Program(file('logs-by-pino.ts'), { LOG_FILE: log }, [hook])
    await program.prints(/^FAILED/)
    expect(await program.stop(), program.lines.join('\n')).toBe(0)
    expect(program.lines.filter((line) => /closed|last hook|resolved/.test(line))).toEqual([
      'cache closed',
      'database closed',
      'last hook',
      'run resolved to 0',
    ])
    expect(readFileSync(log, 'utf8')).toContain('Received shutdown signal SIGTERM')
  })

  test('at a breakpoint in every hook loses no time of its budgets', async () => {
    const program = new Program(file('breakpoints.ts'), {})
    await program.prints(/^READY/)
    expect(await program.stop(), program.lines.join('\n')).toBe(0)
    const hooks = ['onStartup', 'lifespan up', 'factory', 'task', 'start', 'ready', 'drain', 'stop', 'defer']
    const all = [...hooks, 'lifespan down', 'onShutdown', 'dispose']
    expect(program.lines).toEqual(expect.arrayContaining(all.map((hook) => `resumed in ${hook}`)))
  })

  test('in a worker thread stops alone, and cannot end the process', async () => {
    const program = new Program(file('worker-thread.mjs'), {})
    await program.prints(/\(exited\)/)
    expect(program.lines.filter((line) => /ended with|alive|resolved/.test(line))).toEqual([
      'run resolved to 0',
      'plain: ended with 0',
      'blocked stop: ended with 1',
      'the main thread is alive',
    ])
  })
})
