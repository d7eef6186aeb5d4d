// Two copies of a package in one project: their classes are not the same, and `instanceof` and tokens fail.

import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { displayPath } from '../entry/find-entry.ts'
import { type Diagnostic, failure, ok } from './diagnostic.ts'

/** The packages of which there may be only one. */
const single = ['@myfy/core', '@myfy/di', '@myfy/web'] as const

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Follows the project's dependencies that need ours, and looks which copy each of them finds. */
export function checkDuplicatePackages(cwd: string): readonly Diagnostic[] {
  const root = findUp(cwd, 'package.json')
  if (root === undefined) return [ok('copies', 'no package.json, so nothing to compare')]
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
      // Deeper than the first level only what has to do with us is followed.
      if (!direct && !ours) continue
      const file = findUp(directory, join('node_modules', dependency, 'package.json'))
      if (file === undefined) continue
      const target = realpathSync(dirname(file))
      if ((single as readonly string[]).includes(dependency)) {
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
      `bring all to one version: \`npm dedupe\`, or update the packages that want another ${name}`,
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
