import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findEntry } from '../../src/entry/find-entry.ts'
import type { EntryNotFoundError } from '../../src/errors.ts'
import { project } from '../project.ts'

const find = (cwd: string, wanted?: string, env: Record<string, string> = {}) =>
  findEntry({ cwd, requested: wanted, env })
const failure = (cwd: string, wanted?: string, env: Record<string, string> = {}): EntryNotFoundError => {
  try {
    find(cwd, wanted, env)
  } catch (error) {
    return error as EntryNotFoundError
  }
  throw new Error('an entry was found')
}

describe('the entry', () => {
  test.each([
    ['src/app.ts', ['src/app.ts', 'src/main.ts', 'app.ts']],
    ['src/main.ts', ['src/main.ts', 'src/server.ts', 'app.ts']],
    ['src/server.ts', ['src/server.ts', 'app.ts']],
    ['app.ts', ['app.ts', 'main.ts']],
    ['main.ts', ['main.ts', 'server.ts']],
    ['server.ts', ['server.ts']],
    ['src/app.mts', ['src/app.mts', 'src/app.js']],
    ['src/app.js', ['src/app.js', 'src/main.ts']],
    ['server.mjs', ['server.mjs']],
    ['main.cjs', ['main.cjs']],
  ])('is %s where there are %s', (expected, files) => {
    const cwd = project(Object.fromEntries(files.map((file) => [file, ''])))
    expect(find(cwd)).toMatchObject({ file: join(cwd, expected), description: expected })
  })

  test('is the file that was named, before anything else', () => {
    const cwd = project({ 'src/app.ts': '', 'lib/other.ts': '' })
    expect(find(cwd, 'lib/other.ts', { MYFY_APP: 'src/app.ts' })).toMatchObject({
      file: join(cwd, 'lib/other.ts'),
    })
  })

  test('is what MYFY_APP names, before the usual places', () => {
    const cwd = project({ 'src/app.ts': '', 'lib/other.ts': '' })
    const entry = find(cwd, undefined, { MYFY_APP: 'lib/other.ts:service' })
    expect(entry).toEqual({
      file: join(cwd, 'lib/other.ts'),
      exportName: 'service',
      description: 'lib/other.ts (MYFY_APP)',
    })
  })

  test('may be named with an export, without its extension, by its folder, or as the compiled file', () => {
    const cwd = project({ 'src/app.ts': '', 'services/mail/app.ts': '' })
    expect(find(cwd, 'src/app.ts:createApp')).toMatchObject({ exportName: 'createApp' })
    expect(find(cwd, 'src/app')).toMatchObject({ file: join(cwd, 'src/app.ts') })
    expect(find(cwd, 'services/mail')).toMatchObject({ file: join(cwd, 'services/mail/app.ts') })
    expect(find(cwd, 'src/app.js')).toMatchObject({ file: join(cwd, 'src/app.ts') })
    expect(find(cwd, join(cwd, 'src/app.ts'))).toMatchObject({ file: join(cwd, 'src/app.ts') })
  })

  test('may be named by the directory of the project', () => {
    const cwd = project({ 'src/app.ts': '' })
    expect(find(cwd, '.')).toMatchObject({ file: join(cwd, 'src/app.ts'), description: 'src/app.ts' })
    expect(find(join(cwd, 'src'), '..')).toMatchObject({ file: join(cwd, 'src/app.ts') })
  })

  test('is a file rather than the directory of the same name', () => {
    const cwd = project({ 'src/app.ts': '', 'src/app/other.ts': '' })
    expect(find(cwd, 'src/app')).toMatchObject({ file: join(cwd, 'src/app.ts') })
  })

  test('in a directory without one is refused in one sentence', () => {
    const { message } = failure(project({ 'lib/tool.ts': '' }), 'lib')
    expect(message).toBe(
      'Cannot find an application in lib: neither this directory nor its src has a file app, main, server, index. Name the file.',
    )
  })

  test.each(['package.json', 'README.md'])('is not %s', (file) => {
    expect(failure(project({ [file]: '{}' }), file)).toMatchObject({
      message: `Cannot load ${file}: it is neither JavaScript nor TypeScript. Name the file that exports the application.`,
      exitCode: 2,
    })
  })

  test('may have a colon in its name', () => {
    const cwd = project({ 'a:b': '' })
    expect(find(cwd, 'a:b')).toMatchObject({ file: join(cwd, 'a:b'), exportName: undefined })
  })

  test('that does not exist is reported with every path that was tried', () => {
    const cwd = project({})
    const { message, exitCode, searched: looked } = failure(cwd)
    expect(exitCode).toBe(2)
    expect(message).toContain(cwd)
    expect(message).toContain('MYFY_APP is not set')
    expect(message).toContain('src/{app,main,server}.{ts,mts,js,mjs,cjs,cts,tsx,jsx}')
    expect(message).toContain('\n  {app,main,server}.{ts,mts,js,mjs,cjs,cts,tsx,jsx}')
    expect(looked).toHaveLength(48)
  })

  test('that is misspelled gets the closest name', () => {
    const cwd = project({ 'src/server.ts': '' })
    expect(failure(cwd, 'src/sever.ts').message).toContain("Did you mean 'server.ts'?")
    expect(failure(cwd, 'src/zzzzzzzz.ts').message).toContain('has server.ts')
    expect(failure(cwd, 'scr/server.ts').message).toContain(`There is no directory ${join(cwd, 'scr')}`)
    expect(failure(cwd, undefined, { MYFY_APP: 'nope.ts' }).message).toContain(
      'Cannot find nope.ts (MYFY_APP)',
    )
  })
})
