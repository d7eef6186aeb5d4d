// What a README says a package weighs is what it weighs.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const packages = join(import.meta.dirname, '../packages')

// What runs: the entry of a library; where a package starts processes of its own, what they start with as well.
test.each([
  ['di', ['index']],
  ['core', ['index']],
  ['web', ['index']],
  ['reload', ['index', 'worker']],
  ['cli', ['main', 'storyteller', 'worker']],
  ['create-myfy', ['main']],
])('the README of %s says its size and how many packages come with it', async (name, entries) => {
  const folder = join(packages, name)
  const line = /^Size: (\d+) kB minified and gzipped\. Dependencies, with theirs: (\d+)\.$/m.exec(
    readFileSync(join(folder, 'README.md'), 'utf8'),
  )
  const bytes = await weigh(entries.map((entry) => join(folder, `src/${entry}.ts`)))
  const right = `Size: ${Math.round(bytes / 1000)} kB minified and gzipped. Dependencies, with theirs: ${brought(folder).size}.`
  if (!line) throw new Error(`packages/${name}/README.md lacks the line\n${right}`)
  // Less than a kB off: not every commit that moves a byte has to touch the README.
  const holds = Math.abs(bytes / 1000 - Number(line[1])) < 1 && Number(line[2]) === brought(folder).size
  if (!holds) expect(line[0]).toBe(right)
})

/** The package's own code in the files that a bundler makes of it, each minified and gzipped. */
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

/** What an installation brings besides the package: of what is built for one platform, the one of this machine. */
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

/** Where Node finds a package from a folder. */
function installed(name: string, from: string): string | undefined {
  const at = join(from, 'node_modules', name)
  if (existsSync(at)) return realpathSync(at)
  return dirname(from) === from ? undefined : installed(name, dirname(from))
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
