import { describe, expect, test } from 'vitest'
import { UsageError } from '../src/errors.ts'
import { runProgram } from '../src/program.ts'
import type { CliContext } from '../src/terminal/context.ts'
import { createTerminal } from '../src/terminal/terminal.ts'
import { myfy, project } from './project.ts'

/** Runs a command line in this process; nothing here gets as far as an application. */
async function run(words: readonly string[], columns?: number) {
  let stdout = ''
  const terminal = createTerminal(
    { write: (text) => (stdout += text), isTTY: columns !== undefined, columns },
    { write: () => {} },
    { NO_COLOR: '1' },
  )
  const context: CliContext = { cwd: project({}), env: {}, terminal, version: '1.2.3', args: [] }
  const { exitCode: code } = await runProgram(context, words)
  return { code, stdout }
}

describe('an invalid command line', () => {
  test.each([
    ['run --prot 1', "Cannot read the command line: unknown option '--prot'. Did you mean --port?"],
    ['run one two', 'Cannot read the command line: too many arguments'],
    ['doctor src/app.ts', 'Name the application by an option: myfy doctor --app <file>.'],
    ['health localhost', 'Name the instance by an option: myfy health --url <url>.'],
    [
      'start --port abc',
      'Cannot use --port abc: it is not a port. Use a number from 1 to 65535, or 0 for any free port.',
    ],
    [
      'start --workers 0',
      'Cannot use --workers 0: it is not a number of workers. Use a number from 1 to 1024.',
    ],
    [
      'start --grace long',
      'Cannot use --grace long: it is not a duration. Write it as 500ms, 30s, 2m or 1h.',
    ],
    [
      'run --log-level loud',
      'Cannot use --log-level loud: it is not a log level. Use debug, info, warn, error, silent.',
    ],
    ['graph --format png', "argument 'png' is invalid. Allowed choices are mermaid, dot, json, html"],
    ['graph --out picture.png', 'Cannot write picture.png: its extension does not name a format.'],
    ['graph --open --format dot', '--open needs a page. Leave out --format dot.'],
    ['health --url nowhere', 'Cannot use --url nowhere: it is not an HTTP URL.'],
    ['inspect --url nowhere', 'Cannot use --url nowhere: it is not an HTTP URL.'],
    ['start --port 70000', 'Cannot use --port 70000: it is not a port.'],
    ['run --port 1.5', 'Cannot use --port 1.5: it is not a port.'],
    ['run --inspect=soon', 'Cannot use --inspect=soon: it is not an address.'],
    ['start --workers many', 'Cannot use --workers many: it is not a number of workers.'],
    ['start --worker-timeout soon', 'Cannot use --worker-timeout soon: it is not a duration.'],
    ['start --start-timeout soon', 'Cannot use --start-timeout soon: it is not a duration.'],
    ['start --log-level loud', 'Cannot use --log-level loud: it is not a log level.'],
    ['start --log-format xml', "argument 'xml' is invalid. Allowed choices are json, text"],
    ['prove --time soon', 'Cannot use --time soon: it is not a duration.'],
    ['prove --faults many', 'Cannot use --faults many: it is not a number from 0 to 9.'],
    ['inspect --timeout soon', 'Cannot use --timeout soon: it is not a duration.'],
    ['health --timeout soon', 'Cannot use --timeout soon: it is not a duration.'],
    ['new', "missing required argument 'directory'"],
    ['rnu', "Cannot run 'rnu': it is not a command of myfy. Did you mean 'run'?"],
  ])('%s', async (words, sentence) => {
    const result = run(words.split(' '))
    await expect(result).rejects.toThrow(UsageError)
    await expect(result).rejects.toThrow(sentence)
    await expect(result).rejects.toMatchObject({ exitCode: 2 })
  })
})

test.each(['modules', 'providers', 'plan', 'graph', 'doctor', 'prove', 'health', 'inspect', 'new'])(
  '%s has the option --json',
  async (command) => {
    expect((await run([command, '--help'], 80)).stdout).toMatch(/^ {2}--json /m)
  },
)

describe('the help', () => {
  test('lists every command, and mentions those of modules', async () => {
    const { code, stdout } = await run([], 80)
    const names = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, name]) => name)
    expect(names).toEqual([
      'run',
      'start',
      'modules',
      'providers',
      'plan',
      'graph',
      'doctor',
      'prove',
      'health',
      'inspect',
      'new',
      'help',
    ])
    expect(stdout).toContain('More commands come from modules. Cannot find an application in')
    expect(stdout.split('\n').length).toBeLessThanOrEqual(31)
    expect(code).toBe(0)
  })

  test.each(['run', 'start', 'modules', 'providers', 'plan', 'graph', 'doctor', 'health', 'inspect', 'new'])(
    'of %s fits on a screen and has an example',
    async (name) => {
      for (const words of [
        ['help', name],
        [name, '--help'],
      ]) {
        const { code, stdout } = await run(words, 80)
        expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(24)
        expect(Math.max(...stdout.split('\n').map((text) => text.length))).toBeLessThanOrEqual(80)
        expect(stdout).toMatch(/Examples:\n {2}\$ /)
        expect(code).toBe(0)
      }
    },
  )
})

test.each(['--version', '-v'])('%s prints the version', async (word) => {
  expect(await run([word])).toEqual({ code: 0, stdout: '1.2.3\n' })
})

test('the version is that of the package', async () => {
  const { stdout } = await myfy(['--version'], { cwd: project({}) })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
