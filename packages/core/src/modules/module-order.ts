// The order of modules: as they were added, and a module that requires another after it.

import { ModuleError } from '../errors.ts'
import type { Module, ModuleReference } from './module.ts'

/** What ordering found. */
export interface ModuleOrder {
  /** The modules in start order. */
  readonly modules: readonly Module[]
  /** For each module that had to move: what it now stands behind. */
  readonly moved: ReadonlyArray<{ readonly module: string; readonly after: string }>
  /** What each module requires, resolved. */
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  /** Everything that is wrong with the list. */
  readonly problems: readonly ModuleError[]
}

/** Orders modules; a list that was added in a right order is never changed. */
export function orderModules(added: readonly Module[]): ModuleOrder {
  const problems: ModuleError[] = []
  const byName = new Map<string, Module>()
  for (const module of added) {
    if (typeof module.name !== 'string' || module.name === '') {
      problems.push(
        new ModuleError('MYFY_MODULE_UNNAMED', `${className(module)} has no name; give it \`name = 'data'\``),
      )
    } else if (byName.has(module.name)) {
      problems.push(
        new ModuleError(
          'MYFY_MODULE_DUPLICATE',
          `the module '${module.name}' was added twice (${className(byName.get(module.name)!)} and ${className(module)}); remove one, or give one another name`,
        ),
      )
    } else byName.set(module.name, module)
  }

  const requires = new Map<Module, readonly Module[]>()
  for (const module of added) {
    const found: Module[] = []
    for (const reference of module.requires ?? []) {
      const required = added.find((candidate) => refersTo(reference, candidate))
      if (required) found.push(required)
      else if (typeof reference !== 'string' && typeof reference !== 'function') {
        problems.push(
          new ModuleError(
            'MYFY_MODULE_MISSING',
            `the module '${module.name}' requires ${String(reference)}, which is neither a class nor a name; if it is imported, look for a circular import`,
          ),
        )
      } else {
        const present = added.map((other) => other.name).join(', ')
        problems.push(
          new ModuleError(
            'MYFY_MODULE_MISSING',
            `the module '${module.name}' requires ${referenceName(reference)}, which was not added; add it with app.addModule(…) (there are: ${present})`,
          ),
        )
      }
    }
    requires.set(module, found)
  }
  return { ...sort(added, requires, problems), requires, problems }
}

/** Whether a reference (a class or a name) means this module. */
export function refersTo(reference: ModuleReference, module: Module): boolean {
  if (typeof reference === 'string') return module.name === reference
  return typeof reference === 'function' && module instanceof reference
}

// Kahn's algorithm, but whoever was passed over comes as soon as it can: that keeps the sort stable and linear.
function sort(
  added: readonly Module[],
  requires: ReadonlyMap<Module, readonly Module[]>,
  problems: ModuleError[],
) {
  const index = new Map(added.map((module, i) => [module, i]))
  const waiting = new Map<Module, number>()
  const dependents = new Map<Module, Module[]>()
  for (const module of added) {
    const needed = new Set(requires.get(module))
    waiting.set(module, needed.size)
    for (const required of needed) {
      const list = dependents.get(required)
      if (list) list.push(module)
      else dependents.set(required, [module])
    }
  }
  const modules: Module[] = []
  const moved: Array<{ module: string; after: string }> = []
  const passedOver = new Set<Module>()
  const place = (first: Module) => {
    const stack = [first]
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      modules.push(module)
      const free: Module[] = []
      for (const dependent of dependents.get(module) ?? []) {
        const left = waiting.get(dependent)! - 1
        waiting.set(dependent, left)
        if (left > 0 || !passedOver.has(dependent)) continue
        moved.push({ module: dependent.name, after: module.name })
        free.push(dependent)
      }
      free.sort((a, b) => index.get(b)! - index.get(a)!)
      stack.push(...free)
    }
  }
  for (const module of added) {
    if (waiting.get(module) === 0) place(module)
    else passedOver.add(module)
  }
  if (modules.length < added.length) {
    const placed = new Set(modules)
    const path = cyclePath(
      added.find((module) => !placed.has(module) && inCycle(module, requires))!,
      requires,
    )
    problems.push(
      new ModuleError(
        'MYFY_MODULE_CYCLE',
        `modules require each other: ${path.map((module) => module.name).join(' → ')}; move what both need into a third module`,
      ),
    )
    return { modules: [...added], moved: [] }
  }
  return { modules, moved }
}

function inCycle(module: Module, requires: ReadonlyMap<Module, readonly Module[]>): boolean {
  return cyclePath(module, requires).length > 0
}

/** The shortest way from a module back to itself; empty if there is none. */
function cyclePath(start: Module, requires: ReadonlyMap<Module, readonly Module[]>): readonly Module[] {
  const from = new Map<Module, Module>()
  const queue = [start]
  for (const module of queue) {
    for (const required of requires.get(module) ?? []) {
      if (required === start) {
        const path = [start]
        for (let step: Module = module; step !== start; step = from.get(step)!) path.unshift(step)
        return [start, ...path]
      }
      if (from.has(required)) continue
      from.set(required, module)
      queue.push(required)
    }
  }
  return []
}

function className(module: Module): string {
  const name = module.constructor?.name
  return name && name !== 'Object' ? name : 'a module'
}

function referenceName(reference: ModuleReference): string {
  return typeof reference === 'string' ? `'${reference}'` : reference.name
}
