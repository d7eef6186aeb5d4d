import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

function create(...words: string[]): Promise<Result> {
  // Under vitest NODE_OPTIONS is about vitest; the user agent names the package manager that runs the tests.
  const env = { ...process.env, NODE_OPTIONS: undefined, npm_config_user_agent: undefined }
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...command, ...words],
      { cwd: scratch, env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
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
