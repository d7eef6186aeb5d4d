// The modules of installed packages: dependencies whose package.json has `"myfy": { "module": "./dist/module.js" }`.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DiscoveryError } from '../errors.ts'
import { clauseOf } from '../runtime/thrown.ts'
import type { Module } from './module.ts'

/** A module of an installed package. */
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

/** Loads the modules of the dependencies in the nearest package.json, in their order there. */
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
  const subject = `Cannot load the module of the package '${name}'`
  const declared = `"myfy.module" in its package.json is ${JSON.stringify(path)}`
  const file = typeof path === 'string' ? resolve(directory, path) : ''
  if (typeof path !== 'string' || !file.startsWith(directory + sep)) {
    throw new DiscoveryError(
      'MYFY_DISCOVERY_PATH',
      `${subject}: ${declared}, which is not a file inside the package. Use a path such as "./dist/module.js".`,
    )
  }
  let namespace: Record<string, unknown>
  try {
    namespace = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new DiscoveryError(
      'MYFY_DISCOVERY_IMPORT',
      `${subject}: ${declared}, and its import failed: ${clauseOf(error)}. Remove the package or set autoDiscover: false.`,
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
    `${subject}: ${declared}, which exports no module. Make its default export a module, a module class, or a function that returns a module.`,
  )
}

// A class needs `new`, a function must not have it. Only the prototype of a class is read-only.
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
      `Cannot read ${file}: ${clauseOf(error)}. Correct the JSON.`,
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
