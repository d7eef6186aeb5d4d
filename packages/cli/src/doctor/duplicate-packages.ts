// The check of `myfy doctor` on duplicate packages: the classes of two copies differ, so that `instanceof` and tokens fail.

import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { displayPath } from '@myfy/core/runtime'
import { type Diagnostic, failure, ok } from './diagnostic.ts'

/** The packages that a project may have only once. */
const UNIQUE = ['@myfy/core', '@myfy/di', '@myfy/web'] as const

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Follows the dependencies that depend on these packages, and compares the copies that they resolve to. */
export function checkDuplicatePackages(cwd: string): readonly Diagnostic[] {
  const root = findUp(cwd, 'package.json')
  if (root === undefined) return [ok('copies', 'no package.json, nothing to compare')]
  const found = new Map<string, Map<string, string[]>>()
  const seen = new Set<string>()
  const visit = (directory: string, name: string, direct: boolean) => {
    if (seen.has(directory)) return
    seen.add(directory)
    const manifest = read(join(directory, 'package.json'))
    const wanted = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
      ...(direct && manifest.devDependencies),
    }
    const ours = Object.keys(wanted).some((one) => one.startsWith('@myfy/'))
    for (const dependency of Object.keys(wanted)) {
      // Below the first level only packages that depend on these are followed.
      if (!direct && !ours) continue
      const file = findUp(directory, join('node_modules', dependency, 'package.json'))
      if (file === undefined) continue
      const target = realpathSync(dirname(file))
      if ((UNIQUE as readonly string[]).includes(dependency)) {
        const copies = found.get(dependency) ?? new Map<string, string[]>()
        found.set(dependency, copies)
        copies.set(target, [...(copies.get(target) ?? []), name])
      }
      visit(target, dependency, false)
    }
  }
  visit(dirname(root), 'the project', true)
  const diagnostics = [...found].flatMap(([name, copies]) => {
    if (copies.size < 2) return []
    const list = [...copies].map(
      ([directory, users]) =>
        `${displayPath(cwd, directory)} ${read(join(directory, 'package.json')).version ?? ''} (for ${users.join(', ')})`,
    )
    return failure(
      'copies',
      `there are ${copies.size} copies of ${name}: ${list.join('; ')}`,
      `use one version: run \`npm dedupe\`, or update the packages that depend on another ${name}`,
    )
  })
  return diagnostics.length > 0 ? diagnostics : [ok('copies', 'one copy of each package')]
}

function findUp(directory: string, name: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const file = join(at, name)
    if (existsSync(file)) return file
    if (dirname(at) === at) return undefined
  }
}

function read(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  } catch {
    return {}
  }
}
