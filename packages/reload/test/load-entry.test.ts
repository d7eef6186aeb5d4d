import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { describeLoadError, loadEntry } from '../src/index.ts'
import { createProject } from './project.ts'

const packages = fileURLToPath(new URL('../..', import.meta.url))

/** An application that needs no package: known by its brand, as one from another copy would be. */
const stub = `class Stub { [Symbol.for('myfy.application')] = true; constructor(readonly name: string) {}
  run() { return (globalThis as any)[Symbol.for('myfy.runners')].at(-1).join(this, { signals: false }) } }\n`

function entry(files: Record<string, string>): string {
  const project = createProject(files)
  symlinkSync(path.join(packages, '../node_modules'), project.file('node_modules'))
  return project.file('main.ts')
}

test.each([
  ['app', `export const app = new Stub('app')`],
  ['default', `export default new Stub('default')`],
  ['made', `export const application = async () => new Stub('made')`],
  ['run', `await new Stub('run').run()`],
])('the application is found as %s', async (name, source) => {
  const { application } = await loadEntry(entry({ 'main.ts': stub + source }))
  expect(application).toMatchObject({ name })
})

test('a named export is used, and an entry that runs the application continues when it has ended', async () => {
  const file = entry({ 'main.ts': `${stub}export const other = new Stub('other')` })
  expect((await loadEntry(file, { exportName: 'other' })).application).toMatchObject({ name: 'other' })
  const main = entry({ 'main.ts': `${stub};(globalThis as any).__code = await new Stub('run').run()` })
  const { settle, runOptions } = await loadEntry(main)
  expect(runOptions).toEqual({ signals: false })
  settle(3)
  await new Promise(setImmediate)
  expect((globalThis as { __code?: number }).__code).toBe(3)
  Reflect.deleteProperty(globalThis, '__code')
})

test.each([
  ['no application', `export const something = 1`, 'Cannot find an application in'],
  [
    'a function that returns something else',
    `export const app = () => 1`,
    'it does not return an Application',
  ],
])('%s is an error that says what to write', async (_, source, message) => {
  await expect(loadEntry(entry({ 'main.ts': source }))).rejects.toMatchObject({
    code: 'MYFY_RELOAD_ENTRY',
    message: expect.stringContaining(message),
  })
})

test('a failure is described with file, line and code frame', async () => {
  const file = entry({
    'main.ts': `import './part.ts'`,
    'part.ts': `interface A {\n  b: string\n}\nconst a: A | undefined = undefined\nconsole.log(a!.b)`,
  })
  const error = await loadEntry(file).catch((thrown) => thrown)
  const text = describeLoadError(error, path.dirname(file))
  expect(text).toContain('part.ts:5:')
  expect(text).toContain('> 5 | console.log(a!.b)')
})

test('a description names the files of the project by relative paths', () => {
  const error = new Error(
    'Cannot read the tsconfig file of /srv/app/src/main.ts: /srv/app/tsconfig.json:2:0: end',
  )
  expect(describeLoadError(error, '/srv/app')).toContain(
    'Cannot read the tsconfig file of src/main.ts: tsconfig.json:2:0: end',
  )
})
