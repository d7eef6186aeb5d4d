// What the processes of `myfy run` load: each file delays the first answer. Reads the built packages.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { files } from '../answer-app.ts'
import { project, start } from '../project.ts'

/** Runs an application until it serves. Returns the files that each process has loaded, by its id. */
async function loadedByRun(): Promise<{ supervisor: string[]; worker: string[] }> {
  const cwd = project(files)
  const coverage = join(cwd, 'coverage')
  const running = start(['run', 'src/app.ts'], { cwd, env: { NODE_V8_COVERAGE: coverage } })
  await running.until(/http:\/\/\S+/)
  running.kill('SIGTERM')
  await running.ended
  const loaded = { supervisor: [] as string[], worker: [] as string[] }
  for (const name of readdirSync(coverage)) {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {
      result: Array<{ url: string }>
    }
    const loadedFiles = result.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []))
    if (name.startsWith(`coverage-${running.pid}-`)) loaded.supervisor.push(...loadedFiles)
    else if (loadedFiles.some((file) => file.endsWith('app.ts'))) loaded.worker.push(...loadedFiles)
  }
  return loaded
}

const ownFiles = (files: readonly string[], name: string) =>
  files.filter((file) => file.includes(`/packages/${name}/`))

test('the supervisor loads no kernel, and the worker one file each of reload and of the command line', async () => {
  const { supervisor, worker } = await loadedByRun()
  const core = ownFiles(supervisor, 'core')
  expect(core.length).toBeGreaterThan(0)
  expect(core.filter((file) => file.endsWith('/dist/index.js'))).toEqual([])
  expect(supervisor.filter((file) => /node_modules\/(?:picomatch|typescript|oxc-)/.test(file))).toEqual([])
  expect(ownFiles(worker, 'reload').map((file) => file.replace(/.*\/reload\//, ''))).toEqual([
    'dist/child-preload.cjs',
    'dist/worker.js',
  ])
  expect(ownFiles(worker, 'cli').map((file) => file.replace(/.*\/cli\//, ''))).toEqual([
    'dist/progress-preload.js',
  ])
})
