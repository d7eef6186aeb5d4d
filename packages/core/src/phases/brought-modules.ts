// The modules that modules bring.

import { ModuleError } from '../errors.ts'
import { checkModule } from '../modules/check-module.ts'
import type { Module } from '../modules/module.ts'
import { clauseOf } from '../runtime/thrown.ts'

/**
 * Adds the modules that modules bring, each before the module that brings it. A module of the same name or class that
 * was added takes its place. Returns the modules that each module brings, directly.
 */
export function addBroughtModules(modules: Module[]): ReadonlyMap<Module, readonly Module[]> {
  const brought = new Map<Module, readonly Module[]>()
  for (let i = 0; i < modules.length; ) {
    const module = modules[i]!
    if (brought.has(module) || !module.modules) {
      i++
      continue
    }
    const children = childrenOf(module).map((child) => ({
      child,
      present: modules.find((one) => isSame(one, child)),
    }))
    brought.set(
      module,
      children.map(({ child, present }) => present ?? child),
    )
    const added = children.filter(({ present }) => present === undefined)
    // The added modules come next: they may bring modules themselves.
    modules.splice(i, 0, ...added.map(({ child }) => child))
  }
  return brought
}

function isSame(one: Module, other: Module): boolean {
  const type = other.constructor
  return one === other || one.name === other.name || (type !== Object && one.constructor === type)
}

function childrenOf(module: Module): readonly Module[] {
  const subject = `Cannot add the modules of '${module.name}'`
  let children: unknown
  try {
    children = module.modules?.()
  } catch (error) {
    throw new ModuleError(
      'MYFY_MODULE_MODULES_INVALID',
      `${subject}: modules() failed: ${clauseOf(error)}. Return a list of modules.`,
      { cause: error },
    )
  }
  if (children === undefined) return []
  if (Array.isArray(children)) return children.map(checkModule)
  throw new ModuleError(
    'MYFY_MODULE_MODULES_INVALID',
    `${subject}: modules() returned a value of type ${typeof children}. Return a list of modules.`,
  )
}
