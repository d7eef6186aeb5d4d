// An application that a bundler has minified behaves as its source does.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'

test('stop() answers the code that it waits for at once', async () => {
  const project = exampleProject()
  const file = join(project, 'bundle.mjs')
  await build({
    entryPoints: [join(root, 'test/fixtures/stops-from-inside.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@myfy/source'],
    nodePaths: [join(project, 'node_modules')],
    // Packages that an application may lack.
    external: ['@myfy/reload'],
    // CommonJS packages call require, which a module lacks.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'silent',
  })
  const lines = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim().split('\n')
  expect(lines).toHaveLength(18)
  for (const line of lines) expect(line).toMatch(/^[a-z ]+: answered 0, exit 0, at once$/)
})
