import { renameSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadModules } from './load-modules.ts'

describe('an import() of a missing module', () => {
  test.each([
    ['a file', './nowhere.ts'],
    ['a package', 'not-installed'],
  ])('of %s rejects with the code of Node', async (_, specifier) => {
    const { exports } = await loadModules({
      'main.ts': `export const code = await import('${specifier}').catch((error) => error.code)`,
    })
    expect(exports.code).toBe('ERR_MODULE_NOT_FOUND')
  })

  test('finds the module once it has been written', async () => {
    const { exports, project } = await loadModules({
      'main.ts': `export const load = () => import('./later.ts').then((m) => m.value, (error) => error.code)`,
    })
    expect(await exports.load()).toBe('ERR_MODULE_NOT_FOUND')
    project.write({ 'later.ts': 'export const value = 5' })
    expect(await exports.load()).toBe(5)
  })
})

test.each([
  ['an interface', 'export interface User { a: 1 }', `it is a type`],
  ['a type alias', 'export type User = { a: 1 }', `it is a type`],
  ['a list of types', 'interface User { a: 1 }\nexport type { User }', `it is a type`],
  ['a misspelled name', 'export const Users = 1, Orders = 2', `Import 'Users', or export 'User'.`],
  [
    'another name',
    'export const Orders = 1, Items = 2',
    'the module exports Items, Orders. Correct the name',
  ],
  [
    'a name of many others',
    `export const ${Array.from({ length: 14 }, (_, i) => `a${i + 10} = 1`)}`,
    ', a21 and 2 others.',
  ],
])('an import of %s as a value says so', async (_, source, reason) => {
  const files = {
    'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
    'types.ts': source,
    'main.ts': `import { User } from './types.ts'\nexport const user: User = User`,
  }
  await expect(loadModules(files)).rejects.toMatchObject({
    code: 'MYFY_RELOAD_IMPORT',
    message: expect.stringContaining(reason),
  })
})

test('the place of a missing name is the import that contains it', async () => {
  const files = {
    'types.ts': 'export const a = 1',
    'main.ts': `import { a } from './types.ts'\nimport type { B } from './types.ts'\nimport { a as c, b } from './types.ts'\nexport const all = [a, b, c]`,
  }
  await expect(loadModules(files)).rejects.toMatchObject({ location: { line: 3, column: 27 } })
})

test('a missing file or package is described by the paths at which it may appear', async () => {
  const load = (specifier: string) =>
    loadModules(
      {
        'tsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }',
        'src/main.ts': `import '${specifier}'`,
      },
      'src/main.ts',
    ).catch((error) => error.missing.map((file: string) => file.replace(/^.*?myfy-reload-\w+\//, '')))
  expect(await load('./part')).toEqual(['src/part'])
  expect(await load('~/part')).toContain('lib/part')
  expect(await load('@scope/dep/sub')).toEqual(
    expect.arrayContaining(['src/node_modules/@scope/dep', 'node_modules/@scope/dep']),
  )
})

test('symbolic links that imports lead through are known', async () => {
  const { exports, project, runner, entry } = await loadModules({
    'one/a.ts': `export const a = 1`,
    'two/a.ts': `export const a = 2`,
    'main.ts': `export const value = 0`,
  })
  expect(exports.value).toBe(0)
  symlinkSync('one', project.file('current'))
  project.write({ 'main.ts': `export { a as value } from './current/a.ts'` })
  expect(await runner.beginLoad([entry]).run(entry)).toMatchObject({ value: 1 })
  expect(runner.links).toEqual([[project.file('current'), expect.any(String)]])
  symlinkSync('two', project.file('next'))
  renameSync(project.file('next'), project.file('current'))
  runner.forgetPaths()
  expect(await runner.beginLoad([entry]).run(entry)).toMatchObject({ value: 2 })
})
