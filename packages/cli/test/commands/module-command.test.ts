import { describe, expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

const app = `
import { Application, defineModule } from '@myfy/core'
export const app = new Application().addModule(defineModule({
  name: 'data',
  start() { console.error('STARTED') },
  stop() { console.error('STOPPED') },
  commands: () => [
    {
      name: 'db migrate',
      description: 'Brings the database up to date',
      args: '[versions...]',
      options: { dryRun: { type: 'boolean', description: 'only say what would be done' }, to: { type: 'string', description: 'a version', default: 'latest' } },
      run: ({ options, args, print }) => print(JSON.stringify({ options, args })),
    },
    { name: 'db seed', description: 'Fills it', starts: true, run: ({ app, print }) => { print(app.state); return 3 } },
    { name: 'db prove', description: 'Proves', options: { scenario: { type: 'string', description: 'a file' }, entry: { type: 'string', description: 'the entry' } }, run: ({ options, print }) => print(JSON.stringify(options)) },
    { name: 'consume', description: 'Consumes', starts: true, only: ['data'], run: ({ app, print }) => print(JSON.stringify(app.only)) },
    { name: 'fail', description: 'Fails', run: () => { throw new Error('it broke') } },
  ],
}))
`
const cwd = () => project({ 'src/app.ts': app })

describe('the commands of modules', () => {
  test('receive their options, defaults and arguments', async () => {
    const { code, stdout } = await myfy(['db', 'migrate', 'one', '--dry-run', 'two'], { cwd: cwd() })
    expect(JSON.parse(stdout)).toEqual({ options: { dryRun: true, to: 'latest' }, args: ['one', 'two'] })
    expect(code).toBe(0)
  })

  test('run with a started application only if they need it, and return the exit code', async () => {
    const { code, stdout, stderr } = await myfy(['db', 'seed'], { cwd: cwd() })
    expect(stdout).toBe('starting\n')
    expect(stderr).toContain('STARTED')
    expect(stderr).toContain('STOPPED')
    expect(code).toBe(3)
  })

  test('let only the modules accept work that they name', async () => {
    const { code, stdout } = await myfy(['consume'], { cwd: cwd() })
    expect(stdout).toBe('["data"]\n')
    expect(code).toBe(0)
  })

  test('refuse an argument if they take none', async () => {
    const { code, stdout, stderr } = await myfy(['db', 'seed', 'src/other.ts'], { cwd: cwd() })
    expect(stderr).toContain(
      "Cannot run 'myfy db seed' with 'src/other.ts': it takes no arguments. Leave it out; --app names the file of the application.",
    )
    expect(stdout + stderr).not.toContain('STARTED')
    expect(code).toBe(2)
  })

  test('report an error with its place, and exit with 1', async () => {
    const { code, stderr } = await myfy(['fail'], { cwd: cwd() })
    expect(stderr).toContain('it broke')
    expect(stderr).toMatch(/src\/app\.ts:18:62\n.*> 18/s)
    expect(code).toBe(1)
  })

  test('include `prove --crash`, with the entry that the processes start', async () => {
    const { code, stdout } = await myfy(['prove', 'src/app.ts', '--crash', '--scenario', 'one.ts'], {
      cwd: cwd(),
    })
    expect(JSON.parse(stdout)).toEqual({ scenario: 'one.ts', entry: 'src/app.ts' })
    expect(code).toBe(0)
  })

  test('are listed by --help, and have their own help', async () => {
    const directory = cwd()
    const [list, one] = await Promise.all([
      myfy(['--help'], { cwd: directory }),
      myfy(['db', 'migrate', '--help'], { cwd: directory }),
    ])
    expect(list.stdout).toMatch(
      /Commands of the modules in src\/app\.ts:\n {2}db migrate {2}Brings the database up to date \(data\)/,
    )
    expect(one.stdout).toContain('--dry-run')
    expect(one.stdout).toContain('$ myfy db migrate')
    expect([list.code, one.code]).toEqual([0, 0])
  })
})

describe('a misspelled command', () => {
  test.each([
    [['rnu'], "Cannot run 'rnu': it is not a command. Did you mean 'run'?"],
    [
      ['db', 'migrat'],
      "Cannot run 'db migrat': it is not a command. Did you mean 'db migrate'? Use one of: migrate, seed, prove.",
    ],
    [
      ['db', 'nothing-like-it'],
      "Cannot run 'db nothing-like-it': it is not a command. Use one of: migrate, seed, prove.",
    ],
    [['db'], "Cannot run 'db': it is a group of commands. Add one of: migrate, seed, prove."],
    [['fial'], "Did you mean 'fail'?"],
    [['db', 'migrate', '--dryrun'], "unknown option '--dryrun'. Did you mean --dry-run?"],
    [['src/app.ts'], 'Run a file with `myfy run src/app.ts`.'],
  ])('%s', async (words, sentence) => {
    const { code, stdout, stderr } = await myfy(words, { cwd: cwd() })
    expect(stderr).toContain(sentence)
    expect(stdout).not.toContain('Usage')
    expect(code).toBe(2)
  })
})

test('without an application an unknown command reports both', async () => {
  const { code, stderr } = await myfy(['routes'], { cwd: project({}) })
  expect(stderr).toContain("Cannot run 'routes': it is not a command of myfy.")
  expect(stderr).toContain('MYFY_APP is not set')
  expect(code).toBe(2)
})

test('of two misspelled words both decide which command was meant', async () => {
  const items = `
import { Application, defineModule } from '@myfy/core'
const command = (name) => ({ name, description: 'Does', run() {} })
export const app = new Application().addModule(defineModule({
  name: 'items',
  commands: () => [command('items add'), command('items list')],
}))
`
  const { code, stderr } = await myfy(['item', 'list'], { cwd: project({ 'src/app.ts': items }) })
  expect(stderr).toContain("Cannot run 'item': it is not a command. Did you mean 'items list'?")
  expect(code).toBe(2)
})
