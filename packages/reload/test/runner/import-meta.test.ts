import { expect, test } from 'vitest'
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
