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
    ['start --workers 2 --worker-timeout soon', 'Cannot use --worker-timeout soon: it is not a duration.'],
    ['start --workers 2 --start-timeout soon', 'Cannot use --start-timeout soon: it is not a duration.'],
    ['start --log-level loud', 'Cannot use --log-level loud: it is not a log level.'],
    ['start --log-format xml', "argument 'xml' is invalid. Allowed choices are json, text"],
    ['prove --time soon', 'Cannot use --time soon: it is not a duration.'],
    ['prove --faults many', 'Cannot use --faults many: it is not a number from 0 to 9.'],
    ['inspect --timeout soon', 'Cannot use --timeout soon: it is not a duration.'],
    ['health --timeout soon', 'Cannot use --timeout soon: it is not a duration.'],
    [
      'start --worker-timeout 5s',
      'Cannot use --worker-timeout: it has an effect only with --workers. Add --workers, or leave out --worker-timeout.',
    ],
    ['prove --adapt', 'Cannot use --adapt: it has an effect only with --replay.'],
    [
      'run --no-reload --watch views/*',
      'Cannot use --watch with --no-reload: it would have no effect. Leave out one of them.',
    ],
    ['graph --json --format dot', 'Cannot use --json with --format dot: they are two formats.'],
    ['graph --json --open', '--open needs a page. Leave out --json.'],
    ['-x', 'Cannot use -x: no command is named. Write the command first;'],
    ['--json', 'Cannot use --json: no command is named.'],
    ['--app src/app.ts --port=1', 'Cannot use --port=1: no command is named.'],
    ['new', "missing required argument 'directory'"],
    ['rnu', "Cannot run 'rnu': it is not a command of myfy. Did you mean 'run'?"],
  ])('%s', async (words, sentence) => {
    const result = run(words.split(' '))
    await expect(result).rejects.toThrow(UsageError)
    await expect(result).rejects.toThrow(sentence)
    await expect(result).rejects.toMatchObject({ exitCode: 2 })
  })
})

const COMMANDS = [
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
]

/** The flags in the help of a command, or only those that take a value. */
async function flagsOf(command: string, value = ''): Promise<readonly string[]> {
  const { stdout } = await run([command, '--help'], 80)
  const flags = new RegExp(`^ {2}(?:-\\w, )?(--[\\w-]+)${value}`, 'gm')
  return [...stdout.matchAll(flags)].map(([, flag]) => flag!)
}

/** The options that have an effect only with another one, or none with it, as words. */
const DEPENDENT: Readonly<Record<string, readonly string[]>> = {
  run: ['--watch x', '--ignore x', '--poll', '--tsconfig x'].map((words) => `--no-reload ${words}`),
  start: ['--worker-timeout 5s', '--start-timeout 5s'],
  prove: ['--adapt', ...['--time 1s', '--faults 1', '--no-test'].map((words) => `--replay p1.x ${words}`)],
}

/** The options that have an effect with any others. */
const INDEPENDENT = [
  ...['app', 'profile', 'host', 'port', 'log-level', 'reload', 'no-reload', 'inspect', 'open', 'help'],
  ...['workers', 'grace', 'only', 'log-format', 'json', 'format', 'out', 'replay', 'url', 'timeout'],
  ...['template', 'install', 'no-install'],
]

describe.each(COMMANDS)('%s', (command) => {
  test('refuses each option that would have no effect', async () => {
    for (const words of DEPENDENT[command] ?? []) {
      const result = run([command, ...words.split(' ')])
      await expect(result, words).rejects.toThrow(/^Cannot use --[\w-]+.*: it (has an|would have no) effect/)
      await expect(result, words).rejects.toMatchObject({ exitCode: 2 })
    }
    const dependent = (DEPENDENT[command] ?? []).map((words) => /(--[\w-]+)(?: [^-]\S*)?$/.exec(words)?.[1])
    const others = (await flagsOf(command)).filter((flag) => !dependent.includes(flag))
    expect(others.filter((flag) => !INDEPENDENT.includes(flag.slice(2)))).toEqual([])
  })

  test('refuses empty values', async () => {
    const flags = await flagsOf(command, ' <')
    // Those of choices are refused with their choices.
    const taking = flags.filter((flag) => flag !== '--format' && flag !== '--log-format')
    expect(taking.length).toBeGreaterThan(0)
    for (const flag of taking)
      for (const words of [[`${flag}=`], [flag, ''], [flag, ' ']]) {
        const result = run([command, ...(command === 'new' ? ['directory'] : []), ...words])
        await expect(result, flag).rejects.toThrow(
          `Cannot use ${flag}: its value is empty. Write a value, or leave the option out.`,
        )
      }
  })
})

test.each(['run', 'start', 'prove', 'new'])('%s refuses an empty argument', async (command) => {
  await expect(run([command, ''])).rejects.toThrow(
    /^Cannot use the argument (entry|directory): it is empty\./,
  )
})

test('options without a command do not keep the help from being printed', async () => {
  for (const words of [['--help', '--json'], ['--app', 'none.ts'], ['--profile=x']])
    expect((await run(words, 80)).stdout).toContain('Usage: myfy <command>')
})

test('of --no-reload and --reload the last one counts', async () => {
  const result = run(['run', '--no-reload', '--reload', '--watch', 'x', 'none.ts'])
  await expect(result).rejects.toThrow('Cannot find none.ts')
})

test.each(COMMANDS.filter((name) => name !== 'run' && name !== 'start'))(
  '%s has the option --json',
  async (command) => {
    expect((await run([command, '--help'], 80)).stdout).toMatch(/^ {2}--json /m)
  },
)

describe('the help', () => {
  test('lists every command, and mentions those of modules', async () => {
    const { code, stdout } = await run([], 80)
    const names = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, name]) => name)
    expect(names).toEqual([...COMMANDS, 'help'])
    expect(stdout).toContain('More commands come from modules. Cannot find an application in')
    expect(stdout.split('\n').length).toBeLessThanOrEqual(32)
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

test.each(COMMANDS)('the help of %s fits a narrow terminal', async (command) => {
  const wide = await run([command, '--help'], 100)
  for (const columns of [40, 60]) {
    const { stdout } = await run([command, '--help'], columns)
    const tooWide = stdout.split('\n').filter((line) => line.length > columns && line.trim().includes(' '))
    expect(tooWide, `${columns} columns`).toEqual([])
    expect(stdout.split(/\s+/)).toEqual(wide.stdout.split(/\s+/))
  }
})

test.each(['--version', '-v'])('%s prints the version', async (word) => {
  expect(await run([word])).toEqual({ code: 0, stdout: '1.2.3\n' })
})

test('the version is that of the package', async () => {
  const { stdout } = await myfy(['--version'], { cwd: project({}) })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
