import { describe, expect, test } from 'vitest'
import { UsageError } from '../src/errors.ts'
import { runProgram } from '../src/program.ts'
import type { CliContext } from '../src/terminal/context.ts'
import { createTerminal } from '../src/terminal/terminal.ts'
import { project } from './_project.ts'

/** Runs a command line in this process; nothing here gets as far as an application. */
async function run(words: readonly string[], columns?: number) {
  let stdout = ''
  const terminal = createTerminal(
    { write: (text) => (stdout += text), isTTY: columns !== undefined, columns },
    { write: () => {} },
    { NO_COLOR: '1' },
  )
  const context: CliContext = { cwd: project({}), env: {}, terminal, version: '1.2.3' }
  const { exitCode: code } = await runProgram(context, words)
  return { code, stdout }
}

describe('a slip of the fingers', () => {
  test.each([
    ['run --prot 1', "unknown option '--prot'; did you mean --port?"],
    ['run one two', 'too many arguments'],
    ['start --port abc', "--port takes a number from 0 (any free port) to 65535, not 'abc'"],
    ['start --workers 0', "--workers takes a number from 1 to 1024, not '0'"],
    ['start --grace long', "--grace takes a duration such as 30s, 500ms or 2m, not 'long'"],
    ['run --log-level loud', "--log-level takes one of debug, info, warn, error, silent, not 'loud'"],
    ['graph --format png', "argument 'png' is invalid. Allowed choices are mermaid, dot, json, html"],
    ['graph --out picture.png', 'the extension of picture.png says no format'],
    ['graph --open --format dot', '--open shows a page; leave out --format dot'],
    ['health --url nowhere', "--url takes an http(s) URL, not 'nowhere'"],
    ['health --timeout soon', '--timeout takes a duration'],
    ['new', "missing required argument 'directory'"],
    ['rnu', "unknown command 'rnu'; did you mean 'run'?"],
  ])('%s', async (words, sentence) => {
    const mistake = run(words.split(' '))
    await expect(mistake).rejects.toThrow(UsageError)
    await expect(mistake).rejects.toThrow(sentence)
    await expect(mistake).rejects.toMatchObject({ exitCode: 2 })
  })
})

describe('the help', () => {
  test('lists every command, and says where more may come from', async () => {
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
      'health',
      'new',
      'help',
    ])
    expect(stdout).toContain('Modules may bring more commands (no application was found in')
    expect(stdout.split('\n').length).toBeLessThanOrEqual(30)
    expect(code).toBe(0)
  })

  test.each(['run', 'start', 'modules', 'providers', 'plan', 'graph', 'doctor', 'health', 'new'])(
    'of %s fits a screen and has an example',
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
