// docs/error-codes.md, which `pnpm vitest run test/error-table.test.ts -u` writes.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { constructions } from './error-constructions.ts'
import { errorTable, undocumentedCodes } from './error-table.ts'
import { find, read, root } from './markdown.ts'

test('the table of all error codes is the one of the sources', async () => {
  await expect(errorTable(constructions)).toMatchFileSnapshot(join(root, 'docs/error-codes.md'))
})

test('every code has a situation, and every code of docs/errors.md is one of the sources', () => {
  expect(undocumentedCodes(constructions)).toEqual([])
  const sources = find('packages/*/src/**/*.ts').map(read).join('\n')
  const documented = [...read('docs/errors.md').matchAll(/^\| `(MYFY_\w+)` \|/gm)].map(([, code]) => code!)
  expect(documented.filter((code) => !sources.includes(`'${code}'`))).toEqual([])
})
