// Modules of installed packages: a dependency whose package.json has `"myfy": { "module": "./dist/module.js" }`.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DiscoveryError } from '../errors.ts'
import { messageOf } from '../runtime/thrown.ts'
import type { Module } from './module.ts'

/** A module that was found in an installed package. */
export interface DiscoveredModule {
  readonly package: string
  readonly module: Module
}

interface Manifest {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly myfy?: { readonly module?: unknown }
}

/** Looks through the dependencies of the nearest package.json, in the order in which they stand there. */
export async function discoverModules(directory: string): Promise<readonly DiscoveredModule[]> {
  const root = findUp(directory, 'package.json')
  if (!root) return []
  const manifest = readManifest(root)
  const found: DiscoveredModule[] = []
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const file = findUp(dirname(root), join('node_modules', name, 'package.json'))
    if (!file) continue
    const path = readManifest(file).myfy?.module
    if (path === undefined) continue
    found.push({ package: name, module: await load(name, dirname(file), path) })
  }
  return found
}

async function load(name: string, directory: string, path: unknown): Promise<Module> {
  const where = `the package '${name}' names ${JSON.stringify(path)} in its package.json as "myfy.module"`
  const file = typeof path === 'string' ? resolve(directory, path) : ''
  if (typeof path !== 'string' || !file.startsWith(directory + sep)) {
    throw new DiscoveryError(
      'MYFY_DISCOVERY_PATH',
      `${where}; it must be a file inside the package, like "./dist/module.js"`,
    )
  }
  let namespace: Record<string, unknown>
  try {
    namespace = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new DiscoveryError(
      'MYFY_DISCOVERY_IMPORT',
      `${where}, which cannot be imported: ${messageOf(error)}; remove the package or set autoDiscover: false`,
      {
        cause: error,
      },
    )
  }
  const exported = namespace.default ?? namespace.module
  const module = typeof exported === 'function' ? construct(exported as new () => Module) : exported
  if (typeof (module as Module | undefined)?.name === 'string') return module as Module
  throw new DiscoveryError(
    'MYFY_DISCOVERY_EXPORT',
    `${where}, which exports no module; its default export must be a module, a module class or a function that returns one`,
  )
}

// A class needs `new`, a function must not have it: only a class's prototype is read-only.
function construct(exported: (new () => Module) | (() => Module)): Module {
  const isClass = Object.getOwnPropertyDescriptor(exported, 'prototype')?.writable === false
  return isClass ? new (exported as new () => Module)() : (exported as () => Module)()
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  } catch (error) {
    throw new DiscoveryError(
      'MYFY_DISCOVERY_MANIFEST',
      `${file} cannot be read as JSON: ${messageOf(error)}; repair it`,
      { cause: error },
    )
  }
}

function findUp(directory: string, name: string): string | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const file = join(at, name)
    if (existsSync(file)) return file
    if (dirname(at) === at) return undefined
  }
}
