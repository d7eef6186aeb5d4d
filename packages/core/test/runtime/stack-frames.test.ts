import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { formatError, placeOf } from '../../src/runtime/error-frame.ts'
import { framePlace, isFrameworkFile, isUserFile } from '../../src/runtime/stack-frames.ts'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))

describe('a file of a package', () => {
  const packages = ['di', 'core', 'web', 'reload', 'cli']

  test.each(packages)('@myfy/%s is the framework’s', (name) => {
    for (const folder of ['src', 'dist']) {
      const file = join(repository, 'packages', name, folder, 'index.ts')
      expect(isFrameworkFile(file)).toBe(true)
      expect(isFrameworkFile(pathToFileURL(file).href)).toBe(true)
      expect(isUserFile(file)).toBe(false)
    }
    expect(isFrameworkFile(join(repository, 'packages', name, 'test', 'x.test.ts'))).toBe(false)
  })

  let monorepo: string
  beforeAll(() => {
    monorepo = realpathSync(mkdtempSync(join(tmpdir(), 'monorepo-')))
    for (const name of packages) {
      mkdirSync(join(monorepo, 'packages', name, 'src'), { recursive: true })
      writeFileSync(join(monorepo, 'packages', name, 'package.json'), JSON.stringify({ name }))
      writeFileSync(
        join(monorepo, 'packages', name, 'src', 'index.ts'),
        "export const run = () => {\n  throw new Error('odd')\n}\n",
      )
    }
    const installed = join(monorepo, 'node_modules', '@myfy', 'core', 'dist')
    mkdirSync(installed, { recursive: true })
    writeFileSync(join(dirname(installed), 'package.json'), JSON.stringify({ name: '@myfy/core' }))
  })

  test.each(packages)('%s in a workspace is the user’s', (name) => {
    const file = join(monorepo, 'packages', name, 'src', 'index.ts')
    expect(isFrameworkFile(file)).toBe(false)
    expect(isUserFile(file)).toBe(true)
  })

  test.each(packages)('an error in the workspace package %s shows file, line and frame', async (name) => {
    const { run } = await import(join(monorepo, 'packages', name, 'src', 'index.ts'))
    const error = thrownBy(run)
    expect(placeOf(error)).toMatchObject({
      file: join(monorepo, 'packages', name, 'src', 'index.ts'),
      line: 2,
    })
    expect(formatError(error, { cwd: monorepo })).toContain(`packages/${name}/src/index.ts:2`)
    expect(formatError(error, { cwd: monorepo })).toContain("> 2 |   throw new Error('odd')")
  })

  test('an installed copy is the framework’s', () => {
    expect(isFrameworkFile(join(monorepo, 'node_modules', '@myfy', 'core', 'dist', 'index.js'))).toBe(true)
  })

  test.each(['node:internal/modules/esm', '<anonymous>', 'native'])('%s is not the user’s', (file) => {
    expect(isUserFile(file)).toBe(false)
  })
})

test.each([
  ['    at file:///app/src/app.ts:3:7', '/app/src/app.ts', 3, 7],
  ['    at start (/app/src/app.ts:3:7)', '/app/src/app.ts', 3, 7],
  ['    at async Module.start (file:///app/my%20app/a.ts?v=2:3:7)', '/app/my app/a.ts', 3, 7],
  ['    at new A (/app/(group)/a.ts:10:20)', '/app/(group)/a.ts', 10, 20],
  ['    at C:\\app\\a.ts:1:2', 'C:\\app\\a.ts', 1, 2],
  ['    at Object.<anonymous> (/app/a.cjs:1:2)', '/app/a.cjs', 1, 2],
])('the place of the frame %j', (frame, file, line, column) => {
  expect(framePlace(frame)).toEqual({ file, line, column })
})

function thrownBy(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
