// Compiles the packages before the tests run. The processes that tests start run `dist`, as those of a user do: they
// start several times faster than from TypeScript. Tests themselves import the sources.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import type { Options } from 'tsup'
import type { TestProject } from 'vitest/node'
import { onlyASCII } from '../tsup.base.ts'

const root = join(import.meta.dirname, '..')

export default async function compilePackages(project: TestProject): Promise<void> {
  await compileAll()
  project.onTestsRerun(compileAll)
}

async function compileAll(): Promise<void> {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  await Promise.all(packages.filter(isStale).map(compile))
  const creator = join(root, 'packages/create-myfy')
  if (!existsSync(join(creator, 'template')))
    execFileSync(process.execPath, ['scripts/template.mjs'], { cwd: creator })
}

/** Compiles one package from the entries of its tsup configuration. Declarations are left to `pnpm build`. */
async function compile(directory: string): Promise<void> {
  const { default: config } = (await import(join(directory, 'tsup.config.ts'))) as { default: Options }
  const dist = join(directory, 'dist')
  const { metafile } = await build({
    absWorkingDir: directory,
    entryPoints: config.entry as NonNullable<BuildOptions['entryPoints']>,
    outdir: 'dist',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  })
  const written = new Set(Object.keys(metafile.outputs).map((file) => relative('dist', file)))
  for (const file of readdirSync(dist)) {
    const path = join(dist, file)
    if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(path)
    else if (file.endsWith('.js')) writeFileSync(path, onlyASCII(readFileSync(path, 'utf8')))
  }
  if (typeof config.onSuccess === 'function') await config.onSuccess()
}

function isStale(directory: string): boolean {
  const built = newest(join(directory, 'dist/index.js'))
  return ['src', 'tsup.config.ts'].some((part) => newest(join(directory, part)) > built)
}

/** Returns the modification time of a file, or of the newest file in a folder; 0 if there is none. */
function newest(path: string): number {
  if (!existsSync(path)) return 0
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))))
}
