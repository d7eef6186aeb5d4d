import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { untilFile } from '../../../../test/until-file.ts'
import { attachDebugger } from '../../../reload/test/debugger-client.ts'
import { files } from '../answer-app.ts'
import { freePort, myfy, program, project, start, write } from '../project.ts'

/** The nine steps of `myfy run` in the documents, each with the line that prints it. */
const steps: ReadonlyArray<readonly [string, RegExp]> = [
  ['discovers the file', /myfy \S+ +src\/app\.ts/],
  ['loads the application', /loaded.*: data, web/],
  ['initializes it', /initialized: 2 modules, 0 settings, \d+ providers/],
  ['starts the modules', /starting modules[\s\S]*─ data[\s\S]*─ web/],
  ['starts the server', /listen http[\s\S]*➜ http:\/\/localhost:\d+/],
  ['receives a signal', /SIGINT|not accepting/],
  ['stops the server', /(?:not accepting requests any more)?[\s\S]*in flight/],
  ['stops the modules', /stopping modules[\s\S]*stopped/],
  ['exits', /exit code 0/],
]

function followSteps(output: string): void {
  let from = 0
  for (const [step, pattern] of steps) {
    const match = pattern.exec(output.slice(from))
    expect(match, `${step}, after:\n${output.slice(0, from)}\nin:\n${output.slice(from)}`).not.toBeNull()
    from += match!.index + match![0].length
  }
}

describe('myfy run', () => {
  test.each([
    ['with reload', ['run']],
    ['without', ['run', '--no-reload']],
  ])('prints its nine steps in order, %s', async (_, words) => {
    const running = start(words, { cwd: project(files) })
    const [, url] = await running.until(/➜ (http:\S+)/)
    expect(await (await fetch(url!)).json()).toEqual({ answer: 'one' })
    running.kill('SIGINT')
    const { code, output } = await running.ended
    followSteps(output)
    // Neither module requires the other: the slower one is critical.
    const [, slower] = /├─ (data|web) .*critical\n/.exec(output) ?? []
    expect(slower).toBeDefined()
    expect(output).toMatch(new RegExp(`critical path .*: ${slower}`))
    expect(code).toBe(0)
  })

  test.each([
    [
      'a module that fails to start',
      { 'src/app.ts': files['src/app.ts'].replace('await null', `throw new Error('not yet')`) },
      /not yet/,
    ],
    [
      'a package.json that does not parse',
      { 'package.json': '{\n  "type": "module",\n' },
      /package\.json:3:1/,
    ],
  ])('prints the start that follows a failed one: %s', async (_, broken, reason) => {
    const cwd = project({ ...files, ...broken })
    const running = start(['run'], { cwd })
    await running.until(reason)
    await running.until('waiting for a change')
    write(cwd, { 'package.json': '{ "type": "module" }', ...files })
    const [, url] = await running.until(/(http:\/\/localhost:\d+)/)
    expect(await (await fetch(url!)).json()).toEqual({ answer: 'one' })
    expect(running.output).not.toContain('node:internal')
    running.kill('SIGINT')
    await running.ended
  })

  // All of 127.0.0.0/8 is this machine: a socket of all interfaces would accept 127.0.0.2.
  test.each([
    ['with reload', ['run'], false],
    ['without', ['run', '--no-reload'], false],
    ['with reload and --host 0.0.0.0', ['run', '--host', '0.0.0.0'], true],
    ['without and --host 0.0.0.0', ['run', '--no-reload', '--host', '0.0.0.0'], true],
  ])('listens for this machine unless a host is named, %s', async (_, words, everywhere) => {
    const running = start(words, { cwd: project(files) })
    const [, port] = await running.until(/➜ http:\/\/localhost:(\d+)/)
    const answered = (host: string) =>
      fetch(`http://${host}:${port}`).then(
        ({ status }) => status,
        () => 'refused',
      )
    expect(await answered('127.0.0.1')).toBe(200)
    expect(await answered('127.0.0.2')).toBe(everywhere ? 200 : 'refused')
    running.kill('SIGINT')
    expect((await running.ended).code).toBe(0)
  })

  test.each([
    ['with reload', ['run']],
    ['without', ['run', '--no-reload']],
  ])('ends at Ctrl+C while a debugger is attached, %s', async (_, words) => {
    const port = await freePort()
    const running = start([...words, `--inspect=${port}`], { cwd: project(files) })
    await running.until('➜ http')
    await attachDebugger(String(port))
    running.kill('SIGINT')
    expect((await running.ended).code).toBe(0)
  })

  test.each([
    ['with reload', ['run']],
    ['without', ['run', '--no-reload']],
  ])('names a hook that it waits for, once, %s', async (_, words) => {
    const app = files['src/app.ts'].replace('await null', untilFile('go'))
    const cwd = project({ ...files, 'src/app.ts': app })
    const running = start(words, { cwd })
    await running.until('waiting for data: start, 2 s')
    write(cwd, { go: '' })
    await running.until('➜ http')
    running.kill('SIGINT')
    const { output } = await running.ended
    expect(output.match(/waiting for data/g)).toHaveLength(1)
  })

  test.each([
    ['with reload', ['run']],
    ['without', ['run', '--no-reload']],
  ])('tells that it waits for an import, %s', async (_, words) => {
    const app = `${untilFile('go')}\n${files['src/app.ts']}`
    const cwd = project({ ...files, 'src/app.ts': app })
    const running = start(words, { cwd })
    await running.until('waiting for the application to load, 2 s')
    write(cwd, { go: '' })
    await running.until('➜ http')
    running.kill('SIGINT')
    expect((await running.ended).code).toBe(0)
  })

  test('names a directory for temporary files that cannot be used', async () => {
    const cwd = project(files)
    // The compile cache of Node 22 and later creates a directory that is missing.
    const unusable = join(cwd, 'package.json', 'tmp')
    const env = { TMPDIR: unusable, TEMP: unusable, TMP: unusable }
    const { code, stderr } = await myfy(['run'], { cwd, env })
    expect(stderr).toMatch(/Cannot create a temporary directory in .*tmp: .*ENOTDIR.*\. Set TMPDIR to/)
    expect(stderr).not.toContain('    at ')
    expect(code).toBe(1)
  })

  test('serves an edit, and keeps serving while the code is broken', async () => {
    const cwd = project(files)
    const running = start(['run'], { cwd })
    const [, url] = await running.until(/➜ (http:\S+)/)
    await running.until('ready in')
    const answer = async () => ((await (await fetch(url!)).json()) as { answer: string }).answer
    write(cwd, { 'src/answer.ts': `export const answer = 'two'` })
    await running.until('reloaded src/answer.ts in')
    expect(await answer()).toBe('two')
    write(cwd, { 'src/answer.ts': `export const answer = ;` })
    await running.until('src/answer.ts:1:23')
    await running.until('still serving the last working version')
    expect(await answer()).toBe('two')
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test.each([
    ['with reload', ['run']],
    ['without', ['run', '--no-reload']],
  ])('listens on the given address, not on that of the application, %s', async (_, words) => {
    const port = await freePort()
    const running = start([...words, '--host', '127.0.0.1', '--port', String(port)], {
      cwd: project(files),
    })
    const [, url] = await running.until(/➜ (http:\S+)/)
    expect(url).toBe(`http://localhost:${port}`)
    expect((await fetch(url!)).status).toBe(200)
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })
})

const tmux = (() => {
  try {
    return execFileSync('tmux', ['-V'], { encoding: 'utf8' })
  } catch {
    return undefined
  }
})()

// Skipped without tmux.
test.skipIf(tmux === undefined)(
  'in a real terminal the nine steps and the keys can be followed on the screen',
  async () => {
    const cwd = project(files)
    const name = `myfy-${process.pid}`
    const call = async (...words: string[]) =>
      (await promisify(execFile)('tmux', ['-L', name, '-f', '/dev/null', ...words])).stdout
    onTestFinished(() => void execFile('tmux', ['-L', name, 'kill-server'], () => {}))
    const quoted = [program.node, ...program.args, 'run'].map((word) => `'${word}'`).join(' ')
    await call(
      'new-session',
      '-d',
      '-x',
      '110',
      '-y',
      '70',
      '-c',
      cwd,
      `${quoted}; echo "the shell sees $?"; exec cat`,
    )
    const screen = async () => call('capture-pane', '-p', '-S', '-')
    const shows = (pattern: RegExp) => expect.poll(screen, { timeout: 20_000, interval: 50 }).toMatch(pattern)
    await shows(/➜ http/)
    await shows(/ready in/)
    await call('send-keys', 'h')
    await shows(/r reload · c clear · o open/)
    await call('send-keys', 'r')
    await shows(/reloaded /)
    await call('send-keys', 'C-c')
    await shows(/the shell sees 0/)
    const text = await screen()
    const artefacts = fileURLToPath(new URL('../../.artefacts', import.meta.url))
    mkdirSync(artefacts, { recursive: true })
    writeFileSync(join(artefacts, 'run-terminal.txt'), text)
    followSteps(text)
  },
)

describe('a debugger', { timeout: 90_000 }, () => {
  test.each([
    ['the default port before the entry', '--inspect src/app.ts', '9229'],
    ['a port', '--inspect=PORT src/app.ts', 'PORT'],
    ['a port, without reload', '--no-reload --inspect=PORT src/app.ts', 'PORT'],
    ['a port of a host', '--inspect=127.0.0.1:PORT src/app.ts', 'PORT'],
    ['any free port', '--inspect=0 src/app.ts', undefined],
    ['any free port, without reload', '--no-reload --inspect=0 src/app.ts', undefined],
  ])('of the application listens on %s', async (_, line, expected) => {
    const port = String(await freePort())
    const words = line.replace('PORT', port).split(' ')
    const running = start(['run', ...words], { cwd: project(files) })
    const [, listening] = await running.until(/Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//)
    if (expected === undefined) expect(listening).not.toBe('9229')
    else expect(listening).toBe(expected.replace('PORT', port))
    await running.until(/➜ (http:\S+)/)
    const targets = (await (await fetch(`http://127.0.0.1:${listening}/json`)).json()) as unknown[]
    expect(targets).toHaveLength(1)
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test.each([
    ['run', '--inspect=here'],
    ['run', '--inspect=99999'],
    ['run', '--no-reload', '--inspect=here'],
    ['run', '--inspect=127.0.0.1:port'],
  ])('is refused at an address that is none: %s %s', async (...words) => {
    const { code, output } = await myfy(words, { cwd: project(files) })
    expect(output).toMatch(/Cannot use --inspect=\S+: it is not an address\. Use a port/)
    expect(code).toBe(2)
  })
})
