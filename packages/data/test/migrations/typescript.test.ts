// Migrations in TypeScript and JavaScript.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readMigrations } from '../../src/migrations/migration.ts'

describe('a migration in code', () => {
  test.each([
    [
      'that throws',
      'throw new Error("no table")',
      /^Cannot read the migration 0001-a: no table\. Correct 0001-a\.mjs\.$/,
    ],
    [
      'that imports what is missing',
      'import "./gone.mjs"',
      /^Cannot read the migration 0001-a: .*gone\.mjs.* Correct 0001-a\.mjs\.$/s,
    ],
    ['without up', 'export const down = 1', /^Cannot use the migration 0001-a: it has no function up/],
  ])('%s is refused by its name', async (_, text, message) => {
    const directory = mkdtempSync(join(tmpdir(), 'myfy-migrations-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    writeFileSync(join(directory, '0001-a.mjs'), text)
    await expect(readMigrations(directory)).rejects.toMatchObject({
      code: 'MYFY_MIGRATION_INVALID',
      message: expect.stringMatching(message),
    })
  })
})

// Node.js as a test runner leaves it: packages in `node_modules` import files by Node.js itself.
describe('a file in TypeScript that Node.js refuses', () => {
  const run = (files: Readonly<Record<string, string>>) => {
    const project = mkdtempSync(join(tmpdir(), 'myfy-load-file-'))
    onTestFinished(() => rmSync(project, { recursive: true }))
    const source = readFileSync(join(import.meta.dirname, '../../src/migrations/load-file.ts'), 'utf8')
    const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
    const written: Readonly<Record<string, string>> = {
      'package.json': '{"type":"module"}',
      'load-file.mjs': ts.transpileModule(source, { compilerOptions }).outputText,
      'run.mjs': `import { loadFile, isRefused } from './load-file.mjs'
await loadFile(process.argv[2]).then(({ up }) => console.log(up), (error) => console.log('refused', isRefused(error)))`,
      'migrations/0001-a.ts': "export enum Kind { A = 'a' }",
      'node_modules/@myfy/core/package.json': '{"type":"module","exports":{"./runtime":"./runtime.js"}}',
      'node_modules/@myfy/core/runtime.js': 'export const property = (value, name) => value?.[name]',
      ...files,
    }
    for (const [name, text] of Object.entries(written)) {
      mkdirSync(dirname(join(project, name)), { recursive: true })
      writeFileSync(join(project, name), text)
    }
    const file = join(project, 'migrations/0001-a.ts')
    // The scripts of pnpm make the packages of the workspace visible everywhere by NODE_PATH.
    const env = { ...process.env, NODE_PATH: '', NODE_OPTIONS: '' }
    return execFileSync(process.execPath, [join(project, 'run.mjs'), file], { encoding: 'utf8', env }).trim()
  }
  const compiler = (folder: string) => ({
    [`${folder}/package.json`]: '{"type":"module","exports":"./index.js"}',
    [`${folder}/index.js`]: "export const loadExports = async () => ({ up: 'compiled' })",
  })

  test('is compiled by the @myfy/reload of the project', () => {
    expect(run(compiler('node_modules/@myfy/reload'))).toBe('compiled')
  })

  test('is compiled by that of @myfy/cli, which pnpm hides from the project', () => {
    const cli = { 'node_modules/@myfy/cli/package.json': '{"exports":{"./package.json":"./package.json"}}' }
    expect(run({ ...cli, ...compiler('node_modules/@myfy/cli/node_modules/@myfy/reload') })).toBe('compiled')
  })

  test('is refused without them', () => {
    expect(run({})).toBe('refused true')
  })
})
