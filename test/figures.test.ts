// The README of each package states its size and the number of its dependencies.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const packages = join(import.meta.dirname, '../packages')

// The entry of each library, and the entries of the processes that it starts.
test.each([
  ['di', ['index']],
  ['core', ['index']],
  ['web', ['index']],
  ['data', ['index', 'postgres/postgres-engine', 'embedded/embedded-engine']],
  ['tasks', ['index']],
  [
    'reload',
    ['index', 'first-worker', 'worker/worker', 'interop/child-program', 'interop/module-hooks-thread'],
  ],
  ['cli', ['main', 'terminal/progress-preload', 'cluster/worker/worker']],
  ['create-myfy', ['main']],
])('the README of %s states its size and the number of its dependencies', async (name, entries) => {
  const folder = join(packages, name)
  const line = /^Size: (\d+) kB minified and gzipped\. Dependencies, with theirs: (\d+)\.$/m.exec(
    readFileSync(join(folder, 'README.md'), 'utf8'),
  )
  const bytes = await weigh(entries.map((entry) => join(folder, `src/${entry}.ts`)))
  const right = `Size: ${Math.round(bytes / 1000)} kB minified and gzipped. Dependencies, with theirs: ${brought(folder).size}.`
  if (!line) throw new Error(`packages/${name}/README.md lacks the line\n${right}`)
  // A tolerance of 1 kB, so that not every change of the code changes the README.
  const holds = Math.abs(bytes / 1000 - Number(line[1])) < 1 && Number(line[2]) === brought(folder).size
  if (!holds) expect(line[0]).toBe(right)
})

/** The code of the package without dependencies, bundled, minified and gzipped. */
async function weigh(entryPoints: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [...entryPoints],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'never-written',
    write: false,
  })
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>
}

/** The packages that an installation adds; of platform-specific packages, the one for this machine. */
function brought(folder: string, found = new Set<string>()): ReadonlySet<string> {
  const manifest = manifestOf(folder)
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
    (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  )
  const optional = Object.keys(manifest.optionalDependencies ?? {})
  for (const name of new Set([...Object.keys(manifest.dependencies ?? {}), ...optional, ...peers])) {
    const at = installed(name, folder)
    if (at === undefined && optional.includes(name)) continue
    if (at === undefined) throw new Error(`${manifest.name} needs ${name}, which is not installed`)
    const { version } = manifestOf(at)
    if (found.has(`${name}@${version}`)) continue
    found.add(`${name}@${version}`)
    brought(at, found)
  }
  return found
}

/** Returns the folder in which Node finds a package. */
function installed(name: string, from: string): string | undefined {
  const at = join(from, 'node_modules', name)
  if (existsSync(at)) return realpathSync(at)
  return dirname(from) === from ? undefined : installed(name, dirname(from))
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
