// Every option of a command of a module: its values are declared, so that the command line refuses others.

import { expect, test } from 'vitest'
import { parseModuleCommand } from '../packages/cli/src/commands/module-command-options.ts'
import { createTerminal } from '../packages/cli/src/terminal/terminal.ts'
import { dataCommands } from '../packages/data/src/commands.ts'
import { proveCommand } from '../packages/data/src/prove-command.ts'
import { taskCommands } from '../packages/tasks/src/commands.ts'
import { webCommands } from '../packages/web/src/commands.ts'

const commands = [
  ...dataCommands({} as never),
  proveCommand({ options: {} }),
  ...taskCommands({ name: 'tasks', tasks: { all: [] } as never }),
  ...webCommands({} as never),
]
const options = commands.flatMap((command) =>
  Object.entries(command.options ?? {}).map(([name, option]) => ({ command, name, option })),
)

/** Options whose value is a name, a path, a URL or another text of the user. */
const FREE = new Set([
  'db prove --scenario',
  'db prove --request',
  'db prove --body',
  'db prove --key',
  'db prove --database',
  'db prove --variable',
  'db prove --entry',
  'db prove --point',
  'db prove --out',
  'tasks list --task',
  'tasks purge --task',
])

const terminal = createTerminal({ write: () => {} }, { write: () => {} }, { NO_COLOR: '1' })
const context = { cwd: '/', env: {}, terminal, version: '1.2.3', args: [] }
const argumentsOf = (args: string | undefined) => (args?.startsWith('<') ? ['one'] : [])

test('every option that takes a value declares its choices or its numbers, or takes any text', () => {
  const undeclared = options
    .filter(({ option }) => option.type === 'string' && !option.choices && !option.integer)
    .map(({ command, name }) => `${command.name} --${name}`)
  expect(undeclared.sort()).toEqual([...FREE].sort())
})

const declared = options.filter(({ option }) => option.choices ?? option.integer)
const rows = declared.flatMap(({ command, name, option: { choices, integer } }) => {
  const wrong = choices ? ['foo'] : ['abc', '-1', '1.5', '1e3', `${integer![0] - 1}`, `${integer![1] + 1}`]
  return wrong.map((value) => ({
    command,
    name,
    choices,
    integer,
    value,
    title: `${command.name} --${name}`,
  }))
})

test.each(rows)("$title='$value' is refused with the values that it takes", (row) => {
  const { command, name, choices, integer, value } = row
  const words = [...argumentsOf(command.args), `--${name}=${value}`]
  const remedy = choices ? `Use ${choices.join(', ')}.` : `Use a number from ${integer!.join(' to ')}.`
  const run = () => parseModuleCommand(context, command, words)
  expect(run).toThrow(`Cannot use --${name} ${value}: `)
  expect(run).toThrow(remedy)
  expect(run).toThrow(expect.objectContaining({ code: 'MYFY_CLI_USAGE', exitCode: 2 }))
})

test.each(options.filter(({ option }) => option.type === 'string'))(
  '$command.name --$name takes no empty value',
  ({ command, name }) => {
    const run = () => parseModuleCommand(context, command, [...argumentsOf(command.args), `--${name}=`])
    expect(run).toThrow(`Cannot use --${name}: its value is empty.`)
  },
)

test.each(commands.filter(({ args }) => args !== undefined))('$name takes no empty argument', (command) => {
  const run = () => parseModuleCommand(context, command, ['--json', ''])
  expect(run).toThrow(/^Cannot use the argument (id|name): it is empty\./)
})

test.each(['--app', '-a', '--profile'])('a command of a module takes no empty %s', async (flag) => {
  const { runModuleCommand } = await import('../packages/cli/src/commands/module-command.ts')
  await expect(runModuleCommand(context, ['routes', flag, ''], 0, [])).rejects.toThrow(
    `Cannot use ${flag}: its value is empty.`,
  )
})

test.each(declared)('$command.name --$name takes its values', ({ command, name, option }) => {
  for (const value of option.choices ?? option.integer!.map(String)) {
    const words = [...argumentsOf(command.args), `--${name}=${value.toUpperCase()}`]
    expect(parseModuleCommand(context, command, words)?.options[name]).toBe(value)
  }
})
