// Where variables come from: layers, profiles, files that contain one value.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Environment, SettingsError } from '@myfy/core'
import { describe, expect, onTestFinished, test } from 'vitest'

function folder(files: Record<string, string | Buffer>): string {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-environment-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
  return directory
}

const find = (environment: Environment, name: string, declared: readonly string[] = []) => {
  const problems: string[] = []
  const found = environment.find(
    name,
    (problem) => problems.push(problem),
    (other) => declared.includes(other),
  )
  return { value: found?.value, problems }
}

describe('a secret file', () => {
  test.each([
    ['with a line end', 's3cret\n'],
    ['with Windows line ends', 's3cret\r\n\r\n'],
    ['with a byte order mark', '\uFEFFs3cret\n'],
    ['in UTF-16', Buffer.from('\uFEFFs3cret\r\n', 'utf16le')],
  ])('%s gives the value alone', async (_, content) => {
    const cwd = folder({ secret: content })
    expect(find(await Environment.read({ PW_FILE: join(cwd, 'secret') }, cwd), 'PW').value).toBe('s3cret')
  })

  test('is found relative to the env file that names it', async () => {
    const cwd = folder({ '.env': 'PW_FILE=./secret\n', secret: 's3cret\n' })
    expect(find(await Environment.read({}, cwd), 'PW').value).toBe('s3cret')
  })

  test('is not what a setting of that name means', async () => {
    const environment = await Environment.read({ LOG_FILE: '/var/log/app.log' }, folder({}))
    expect(find(environment, 'LOG', ['LOG_FILE'])).toEqual({ value: undefined, problems: [] })
    expect(find(environment, 'LOG_FILE', ['LOG_FILE']).value).toBe('/var/log/app.log')
  })
})

describe('a variable', () => {
  test('without characters is not set, and hides the value of the env file', async () => {
    const cwd = folder({ '.env': 'PROXY=http://proxy\nLEVEL=debug\n' })
    const environment = await Environment.read({ PROXY: '', BLANK: '  ' }, cwd)
    expect(find(environment, 'PROXY').value).toBeUndefined()
    expect(find(environment, 'BLANK').value).toBeUndefined()
    expect(find(environment, 'LEVEL').value).toBe('debug')
  })

  test('loses the carriage return of a Windows file', async () => {
    expect(find(await Environment.read({ HOST: 'localhost\r' }, folder({})), 'HOST').value).toBe('localhost')
  })
})

describe('a warning', () => {
  test('names a profile without its file, and the profile that is meant', async () => {
    const cwd = folder({ '.env': 'A=1\n', '.env.production': 'A=2\n' })
    expect((await Environment.read({ MYFY_PROFILE: 'prodution' }, cwd)).warnings).toEqual([
      `MYFY_PROFILE is prodution, but ${join(cwd, '.env.prodution')} does not exist. Did you mean production?`,
    ])
  })

  test('is not given for a profile where there are no files of profiles', async () => {
    expect((await Environment.read({ MYFY_PROFILE: 'production' }, folder({}))).warnings).toEqual([])
  })

  test('names a profile that is set in a file', async () => {
    const cwd = folder({ '.env': 'MYFY_PROFILE=production\n' })
    expect((await Environment.read({}, cwd)).warnings).toEqual([
      'MYFY_PROFILE in .env has no effect. Set it in the environment.',
    ])
  })

  test('names the env file at the root of the workspace', async () => {
    const root = folder({ '.env': 'A=1\n', 'pnpm-workspace.yaml': '', 'apps/api/package.json': '{}' })
    const cwd = join(root, 'apps/api')
    expect((await Environment.read({}, cwd)).warnings).toEqual([
      `${join(root, '.env')} is not read, because the application runs in ${cwd}. Move it, or start there.`,
    ])
  })

  test('names the line that is not an assignment', async () => {
    const cwd = folder({ '.env': 'A=1\noops\n' })
    expect((await Environment.read({}, cwd)).warnings).toEqual([
      `${join(cwd, '.env')} is read in part: line 2 is not an assignment. Write NAME=value, or begin the line with #.`,
    ])
  })
})

test('a file with a quotation mark that is not closed is refused', async () => {
  const cwd = folder({ '.env': 'A="x\nB=y\n' })
  await expect(Environment.read({}, cwd)).rejects.toThrow(SettingsError)
  await expect(Environment.read({}, cwd)).rejects.toThrow(
    'Cannot read .env: the quotation mark in line 1 is not closed. Close it, or remove it from the value of A.',
  )
})
