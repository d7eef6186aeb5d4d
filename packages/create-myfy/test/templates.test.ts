import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type TemplateName } from '../src/index.ts'
import { buildTemplates, read, starter } from './built-templates.ts'

const run = promisify(execFile)
const scratch = mkdtempSync(fileURLToPath(new URL('../template-test-', import.meta.url)))
beforeAll(() => buildTemplates(join(scratch, 'templates')))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function create(template: TemplateName): string {
  const directory = join(scratch, template)
  createProject({ directory, template, templates: join(scratch, 'templates') })
  symlinkSync(join(starter, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, VITEST, ...env } = process.env
  return { ...env, NO_COLOR: '1', VITE_CJS_IGNORE_WARNING: '1' }
}

describe.each(['minimal', 'worker'] as const)('a new project of the template %s', (template) => {
  test('compiles, and passes its tests', { timeout: 120_000 }, async () => {
    const cwd = create(template)
    const tsc = join(starter, 'node_modules/typescript/bin/tsc')
    await run(process.execPath, [tsc, '-p', '.', '--customConditions', '@myfy/source'], { cwd }).catch(
      (error) => {
        expect.fail(error.stdout)
      },
    )
    writeFileSync(
      join(cwd, 'vitest.config.ts'),
      `export default { ssr: { resolve: { conditions: ['@myfy/source', 'node'] } } }`,
    )
    const vitest = join(starter, 'node_modules/vitest/vitest.mjs')
    const { stdout } = await run(process.execPath, [vitest, 'run'], { cwd, env: environment() })
    expect(stdout).toMatch(/Tests {2}\d+ passed/)
  })
})

describe('a new project of the template api', () => {
  test('compiles', { timeout: 120_000 }, async () => {
    const cwd = create('api')
    const tsc = join(starter, 'node_modules/typescript/bin/tsc')
    await run(process.execPath, [tsc, '-p', '.', '--customConditions', '@myfy/source'], { cwd }).catch(
      (error) => {
        expect.fail(error.stdout)
      },
    )
    expect(read(cwd, 'src/app.ts')).toContain('new Application')
  })
})
