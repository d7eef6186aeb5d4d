import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { myfy, project } from './_project.ts'

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
      options: { dryRun: { type: 'boolean', description: 'only say what would be done' }, to: { type: 'string', description: 'a version', default: 'latest' } },
      run: ({ options, args, print }) => print(JSON.stringify({ options, args })),
    },
    { name: 'db seed', description: 'Fills it', starts: true, run: ({ app, print }) => { print(app.state); return 3 } },
    { name: 'fail', description: 'Fails', run: () => { throw new Error('it broke') } },
  ],
}))
`
const cwd = () => project({ 'src/app.ts': app })

describe('commands that modules bring', () => {
  test('get their options, defaults and arguments', async () => {
    const { code, stdout } = await myfy(['db', 'migrate', 'one', '--dry-run', 'two'], { cwd: cwd() })
    expect(JSON.parse(stdout)).toEqual({ options: { dryRun: true, to: 'latest' }, args: ['one', 'two'] })
    expect(code).toBe(0)
  })

  test('are started around only if they say so; a number they return is the exit code', async () => {
    const { code, stdout, stderr } = await myfy(['db', 'seed'], { cwd: cwd() })
    expect(stdout).toBe('starting\n')
    expect(stderr).toContain('STARTED')
    expect(stderr).toContain('STOPPED')
    expect(code).toBe(3)
  })

  test('show what they throw with its place, and exit with 1', async () => {
    const { code, stderr } = await myfy(['fail'], { cwd: cwd() })
    expect(stderr).toContain('it broke')
    expect(stderr).toMatch(/src\/app\.ts:15:62\n.*> 15/s)
    expect(code).toBe(1)
  })

  test('are listed by --help, and have a help of their own', async () => {
    const directory = cwd()
    const [list, one] = await Promise.all([
      myfy(['--help'], { cwd: directory }),
      myfy(['db', 'migrate', '--help'], { cwd: directory }),
    ])
    expect(list.stdout).toMatch(
      /Commands of the modules of src\/app\.ts:\n {2}db migrate {2}Brings the database up to date \(data\)/,
    )
    expect(one.stdout).toContain('--dry-run')
    expect(one.stdout).toContain('$ myfy db migrate')
    expect([list.code, one.code]).toEqual([0, 0])
  })
})

describe('a slip of the fingers, where modules bring commands', () => {
  test.each([
    [['rnu'], "unknown command 'rnu'; did you mean 'run'?"],
    [['db', 'migrat'], "'db' needs one of: migrate, seed"],
    [['fial'], "did you mean 'fail'?"],
    [['db', 'migrate', '--dryrun'], "unknown option '--dryrun'; did you mean --dry-run?"],
    [['src/app.ts'], 'to run a file write: myfy run src/app.ts'],
  ])('%s', async (words, sentence) => {
    const { code, stdout, stderr } = await myfy(words, { cwd: cwd() })
    expect(stderr).toContain(sentence)
    expect(stdout).not.toContain('Usage')
    expect(code).toBe(2)
  })
})

test('without an application a command of nobody says both', async () => {
  const { code, stderr } = await myfy(['routes'], { cwd: project({}) })
  expect(stderr).toContain("unknown command 'routes'")
  expect(stderr).toContain('MYFY_APP, which is not set')
  expect(code).toBe(2)
})

test('the version is that of the package', async () => {
  const { stdout } = await myfy(['--version'], { cwd: project({}) })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('colors follow NO_COLOR and FORCE_COLOR; through a pipe there are none', async () => {
  const directory = cwd()
  const [plain, forced] = await Promise.all([
    myfy(['modules'], { cwd: directory }),
    myfy(['modules'], { cwd: directory, env: { FORCE_COLOR: '1' } }),
  ])
  expect(plain.output).not.toContain('\u001b[')
  expect(forced.output).toContain('\u001b[')
})

test('myfy new runs create-myfy', async () => {
  const cwd = project({
    'node_modules/create-myfy/package.json': '{ "name": "create-myfy", "version": "9.9.9", "bin": "bin.js" }',
    'node_modules/create-myfy/bin.js':
      '#!/usr/bin/env node\nconsole.log("creating", process.argv.slice(2)); process.exit(7)',
  })
  mkdirSync(join(cwd, 'node_modules/.bin'))
  symlinkSync('../create-myfy/bin.js', join(cwd, 'node_modules/.bin/create-myfy'))
  chmodSync(join(cwd, 'node_modules/create-myfy/bin.js'), 0o755)
  const { code, stdout } = await myfy(['new', 'my-app'], { cwd })
  expect(stdout).toContain("creating [ 'my-app' ]")
  expect(code).toBe(7)
})
