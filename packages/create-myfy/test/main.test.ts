import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'create-myfy-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const command = [join(root, 'packages/create-myfy/dist/main.js')]

const create = (...words: string[]) => createIn(scratch, ...words)

function createIn(cwd: string, ...words: string[]): Promise<Result> {
  // Under vitest NODE_OPTIONS is about vitest; the user agent names the package manager that runs the tests.
  const env = { ...process.env, NODE_OPTIONS: undefined, npm_config_user_agent: undefined }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...command, ...words], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

test.each([80, 120])('a message breaks between words at %i columns', async (columns) => {
  const words = [process.execPath, ...command, 'x', '--a-misspelled-option-of-a-name-that-is-long'].join(' ')
  const shell = `stty cols ${columns} && ${words} 1>&2`
  const output = await new Promise<string>((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: undefined }
    execFile('script', ['-qec', shell, '/dev/null'], { cwd: scratch, env }, (_error, stdout) =>
      resolve(stdout.replaceAll('\r', '')),
    )
  })
  for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  const { stderr } = await create('x', '--a-misspelled-option-of-a-name-that-is-long')
  expect(stderr.length).toBeGreaterThan(120)
  expect(output.replaceAll('\n', ' ')).toBe(stderr.replaceAll('\n', ' '))
})

describe('create-myfy without a terminal', () => {
  test('asks nothing, and reports that the directory is missing', async () => {
    const { code, stderr } = await create()
    expect(stderr).toBe(
      '✗ Cannot create a project: the command line names no folder. Write `npm create myfy my-app`.\n',
    )
    expect(code).toBe(2)
  })

  test('prints its help, and refuses unknown options', async () => {
    const [help, unknown, two] = await Promise.all([
      create('--help'),
      create('app', '--typescript'),
      create('one', 'two'),
    ])
    expect(help.stdout).toContain('npm create myfy my-app && cd my-app && npm install && npm run dev')
    expect(help.code).toBe(0)
    expect(unknown.stderr).toContain("Unknown option '--typescript'")
    expect(two.stderr).toContain('these are 2 folders')
    expect([unknown.code, two.code]).toEqual([2, 2])
    expect(existsSync(join(scratch, 'app'))).toBe(false)
  })

  test('prints JSON alone for a program, also while it installs', async () => {
    const { code, stdout } = await create('for-programs', '--template', 'minimal', '--json')
    const { files, directory, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({
      name: 'for-programs',
      template: 'minimal',
      installed: false,
      next: ['cd for-programs', 'npm install', 'npm run dev'],
    })
    expect(files).toContain('src/app.ts')
    expect(existsSync(join(directory, 'package.json'))).toBe(true)
    expect(code).toBe(0)
  })

  test('refuses a folder that is not empty', async () => {
    mkdirSync(join(scratch, 'full'))
    writeFileSync(join(scratch, 'full/mine'), '')
    const { code, stderr } = await create('full')
    expect(stderr).toContain('Cannot create a project in full: the folder is not empty (mine).')
    expect(code).toBe(1)
  })
})

describe('the folder of a project', () => {
  /** Makes a folder with a folder `empty`, one with only a `.git`, one that is full, and a file. */
  function workplace(): string {
    const cwd = mkdtempSync(join(scratch, 'my-place-'))
    for (const name of ['empty', 'cloned/.git', 'full']) mkdirSync(join(cwd, name), { recursive: true })
    writeFileSync(join(cwd, 'full/mine'), '')
    writeFileSync(join(cwd, 'file'), '')
    return cwd
  }

  test.each([
    ['empty', ['cd empty', 'npm install', 'npm run dev']],
    ['./empty/', ['cd empty', 'npm install', 'npm run dev']],
    ['cloned', ['cd cloned', 'npm install', 'npm run dev']],
    ['new', ['cd new', 'npm install', 'npm run dev']],
    ['new/inner app', ["cd 'new/inner app'", 'npm install', 'npm run dev']],
  ])('can be %j', async (name, steps) => {
    const cwd = workplace()
    const { code, stdout } = await createIn(cwd, name, '--template', 'minimal')
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .slice(-3)
        .map((line) => line.trim()),
    ).toEqual(steps)
    expect(existsSync(join(cwd, name, 'package.json'))).toBe(true)
  })

  test.each(['.', './', '../here'])('can be the present one, as %j', async (name) => {
    const cwd = join(workplace(), 'here')
    mkdirSync(cwd)
    const { code, stdout } = await createIn(cwd, name, '--template', 'minimal')
    expect(code).toBe(0)
    // The project has the name of the folder, and there is no folder to change to.
    expect(stdout).toMatch(/^✓ here: \d+ files in \.\n\n {2}npm install\n {2}npm run dev\n\n$/)
    expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).name).toBe('here')
  })

  test.each([
    ['', 'Cannot create a project: the command line names no folder. Write `npm create myfy my-app`.', 2],
    [' ', "Cannot name a project after ' ': a package name needs letters or digits. Use another folder.", 2],
    [
      'full',
      'Cannot create a project in full: the folder is not empty (mine). Use another folder, or empty this one.',
      1,
    ],
    [
      '.',
      'Cannot create a project in .: the folder is not empty (cloned, empty, file, …). Use another folder, or empty this one.',
      1,
    ],
    ['file', 'Cannot create a project in file: it is a file. Use another name.', 1],
    ['file/app', 'Cannot create a project in file/app: the system refuses it (', 1],
  ])('cannot be %j, and nothing is written', async (name, message, expected) => {
    const cwd = workplace()
    const before = readdirSync(cwd, { recursive: true }).sort()
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await createIn(cwd, name, ...more)
      expect(stderr).toContain(`✗ ${message}`)
      expect(code).toBe(expected)
      if (more.length > 0) expect(JSON.parse(stdout).error.message).toContain(message)
    }
    expect(readdirSync(cwd, { recursive: true }).sort()).toEqual(before)
  })
})
