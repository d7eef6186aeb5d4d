import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { createProject } from '../project.ts'
import { loadModules } from './load-modules.ts'

test.each([
  ['./x.ts', './x.ts'],
  ['./x.js', './x.ts'],
  ['./folder/', './folder/'],
  ['./missing.txt', './missing.txt'],
  ['./x.ts?raw=1', './x.ts?raw=1'],
  ['fs', 'node:fs'],
  ['node:path', 'node:path'],
])('import.meta.resolve(%j) is %s', async (specifier, resolved) => {
  const { exports, project } = await loadModules({
    'x.ts': '',
    'folder/y.txt': '',
    'main.ts': `export const resolved = import.meta.resolve('${specifier}')`,
  })
  const expected = resolved.startsWith('.')
    ? new URL(resolved, `file://${project.root}/main.ts`).href
    : resolved
  expect(exports.resolved).toBe(expected)
})

test('import.meta.resolve of a missing package throws the error of Node', async () => {
  const { exports } = await loadModules({
    'main.ts': `export let code\ntry { import.meta.resolve('not-installed') } catch (error) { code = error.code }`,
  })
  expect(exports.code).toBe('ERR_MODULE_NOT_FOUND')
})

const specifiers = [
  ...['self', 'self/x', 'self/p/a', 'self/null', 'self/bad', 'self/nothing'],
  ...['#gone', '#null', '#package', '#condition', '#bad', '#none', '#'],
  ...['ex', 'ex/sub', 'ex/gone', 'ex/required', 'ex/', 'plain/sub', 'plain/sub.js', 'plain', 'main-is-gone'],
  ...['not-installed', '@scope/not-installed/x', '@scope', './gone.js'],
]

const program = `
const results = []
for (const specifier of ${JSON.stringify(specifiers)}) {
  const imported = await import(specifier).then(() => 'imported', (error) => error.code)
  let resolved
  try { resolved = import.meta.resolve(specifier) } catch (error) { resolved = error.code }
  results.push([specifier, imported, resolved])
}
console.log(JSON.stringify(results))
`

test('import() and import.meta.resolve of what is missing have the results of Node', () => {
  const project = createProject({
    'package.json': JSON.stringify({
      name: 'self',
      type: 'module',
      exports: {
        './x': { types: './x.d.ts', import: './gone.js' },
        './p/*': './src/*.js',
        './null': null,
        './bad': '../up.js',
      },
      imports: {
        '#gone': './gone.js',
        '#null': null,
        '#package': 'not-installed',
        '#condition': { browser: './b.js' },
        '#bad': '../up.js',
      },
    }),
    'node_modules/ex/package.json': JSON.stringify({
      name: 'ex',
      exports: { '.': './i.mjs', './gone': './gone.js', './required': { require: './i.mjs' } },
    }),
    'node_modules/ex/i.mjs': 'export {}',
    'node_modules/plain/package.json': '{ "name": "plain" }',
    'node_modules/main-is-gone/package.json': '{ "name": "main-is-gone", "main": "./gone.js" }',
    'main.mjs': program,
  })
  const run = (...args: string[]) =>
    JSON.parse(execFileSync(process.execPath, args, { cwd: project.root, encoding: 'utf8' }))
  const repository = (file: string) => new URL(`../../../../${file}`, import.meta.url).href
  const load = `
const { loadExports } = await import(${JSON.stringify(repository('packages/reload/src/load-entry.ts'))})
await loadExports('main.mjs')`
  const flags = ['--conditions=@myfy/source', '--import', repository('test/typescript/register.mjs')]
  const byNode = run('main.mjs')
  expect(byNode).toHaveLength(specifiers.length)
  expect(run(...flags, '--input-type=module', '--eval', load)).toEqual(byNode)
})
