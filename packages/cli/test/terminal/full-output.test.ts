// A standard output that cannot be written: a full disk, a reader that goes away.

import { type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { files } from '../answer-app.ts'
import { freePort, launch, program, project } from '../project.ts'

let cwd: string
beforeAll(() => {
  cwd = project(files)
})

/** Starts `myfy` in a script of the shell, which calls it as `"$@"`. */
const inShell = (script: string, words: readonly string[]) =>
  launch('/bin/sh', ['-c', script, 'sh', program.node, ...program.args, ...words], { cwd })

/** The commands that print a result and end. */
const commands = [
  '--help',
  'help start',
  'run --help',
  '--version',
  'run --version',
  'routes',
  'routes --help',
  'routes --json',
  'openapi',
  'modules',
  'modules --json',
  'providers',
  'providers --json',
  'plan',
  'plan --json',
  'graph',
  'graph --json',
  'graph --format html',
  'doctor',
  'doctor --json',
  'prove --json --time 1s',
].map((line) => [line, line.split(' ')] as const)

// Linux and FreeBSD have the device.
describe.skipIf(!existsSync('/dev/full'))('on a full disk', () => {
  test.each(commands)('`myfy %s` fails and names the reason once', async (_, words) => {
    const { code, stderr } = await inShell('exec "$@" > /dev/full', words).ended
    expect(stderr.match(/Cannot write to standard output: .*no space left/g), stderr).toHaveLength(1)
    expect(stderr).not.toContain('node:')
    expect(code).toBe(1)
  })

  test('a command line that is invalid keeps its error and its exit code', async () => {
    const { code, stderr } = await inShell('exec "$@" > /dev/full', ['routes', '--nothing', '--json']).ended
    expect(stderr).toContain(`unknown option '--nothing'`)
    expect(code).toBe(2)
  })
})

describe('into a pipe that is closed', () => {
  test.each(commands)('`myfy %s` ends in silence', async (_, words) => {
    const script = '{ "$@"; echo "exit $?" >&2; } | true'
    const { stderr } = await inShell(script, words).ended
    // What is printed for a person is no part of the result.
    expect(stderr).toMatch(/^(?!.*(?:EPIPE|Error|✗|node:))[\s\S]*exit 0\n$/)
  })
})

const services = ['start', 'start --workers 2', 'run', 'run --no-reload']

/** What standard output and standard error are. */
const losses = [
  ['full', 'ignore'],
  ['ignore', 'full'],
  ['full', 'full'],
  ['unread', 'unread'],
] as const

describe.skipIf(!existsSync('/dev/full'))('a service that cannot write its log', () => {
  const cases = services.flatMap((line) => losses.map(([out, err]) => [line, out, err] as const))
  test.each(cases)(
    '`myfy %s` serves and stops cleanly: its output is %s, its errors %s',
    async (line, ...to) => {
      const port = await freePort()
      const full = openSync('/dev/full', 'w')
      const [out, err] = to.map((kind) => (kind === 'full' ? full : kind === 'unread' ? 'pipe' : kind))
      const words = [...program.args, ...line.split(' '), '--host', '127.0.0.1', '--port', String(port)]
      const child = spawn(program.node, words, { cwd, stdio: ['ignore', out, err] as StdioOptions })
      onTestFinished(() => void child.kill('SIGKILL'))
      closeSync(full)
      child.stdout?.destroy()
      child.stderr?.destroy()
      const status = () =>
        fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } }).then(
          (answer) => answer.status,
          () => undefined,
        )
      await expect.poll(status, { timeout: 30_000 }).toBe(200)
      for (let i = 0; i < 20; i++) expect(await status()).toBe(200)
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      expect(code).toBe(0)
    },
  )
})
