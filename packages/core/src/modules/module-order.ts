// The order of modules: as added, with each module after the modules that it requires.

import { ModuleError } from '../errors.ts'
import { type SoleModule, soleModule } from '../runtime/modules/module-marks.ts'
import type { Module, ModuleReference } from './module.ts'

/** The result of ordering. */
export interface ModuleOrder {
  /** The modules in start order. */
  readonly modules: readonly Module[]
  /** The modules that moved, each with the module that it follows now. */
  readonly moved: ReadonlyArray<{ readonly module: string; readonly after: string }>
  /** The modules that each module requires. */
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  /** The problems of the list. */
  readonly problems: readonly ModuleError[]
}

/**
 * Orders modules. A list in a valid order is not changed.
 *
 * @param brought the modules that each module brings, which it requires implicitly
 */
export function orderModules(
  added: readonly Module[],
  brought: ReadonlyMap<Module, readonly Module[]> = new Map(),
): ModuleOrder {
  const problems: ModuleError[] = []
  const byName = new Map<string, Module>()
  const soles = new Map<string, Module>()
  for (const module of added) {
    const sole = soleOf(module)
    const first = sole && soles.get(sole.type)
    if (sole && first) {
      problems.push(addedTwice(sole, first, module))
      continue
    }
    if (sole) soles.set(sole.type, module)
    if (typeof module.name !== 'string' || module.name === '') {
      problems.push(
        new ModuleError(
          'MYFY_MODULE_UNNAMED',
          `Cannot add ${className(module)}: it has no name. Set \`name = 'data'\`.`,
        ),
      )
    } else if (byName.has(module.name)) {
      problems.push(
        new ModuleError(
          'MYFY_MODULE_DUPLICATE',
          `Cannot add the module '${module.name}' twice: ${shown(byName.get(module.name)!, added)} and ${shown(module, added)} have this name. Remove or rename one of them.`,
        ),
      )
    } else byName.set(module.name, module)
  }

  const requires = new Map<Module, readonly Module[]>()
  for (const module of added) {
    const found: Module[] = [...(brought.get(module) ?? [])]
    const { requires: references = [] } = module
    if (!Array.isArray(references)) {
      problems.push(
        new ModuleError(
          'MYFY_MODULE_REQUIRES_INVALID',
          `Cannot order the module '${module.name}': \`requires\` is not a list. Write requires: [Module].`,
        ),
      )
      continue
    }
    for (const reference of references as readonly ModuleReference[]) {
      const required = added.filter(
        (candidate) =>
          (candidate !== module || typeof reference === 'string') && refersTo(reference, candidate),
      )
      if (required.length > 0) found.push(...required)
      else if (typeof reference !== 'string' && typeof reference !== 'function') {
        problems.push(
          new ModuleError(
            'MYFY_MODULE_MISSING',
            `Cannot order the module '${module.name}': it requires ${String(reference)}, which is neither a class nor a name. If it is imported, look for a circular import.`,
          ),
        )
      } else {
        const present = added.map((other) => other.name).join(', ')
        problems.push(
          new ModuleError(
            'MYFY_MODULE_MISSING',
            `Cannot order the module '${module.name}': it requires ${referenceName(reference)}, which was not added. Add it with app.addModule(…). Added modules: ${present}.`,
          ),
        )
      }
    }
    requires.set(module, found)
  }
  return { ...sort(added, requires, problems), requires, problems }
}

/** The mark of a module that an application has once. */
function soleOf(module: Module): SoleModule | undefined {
  return (module as { readonly [soleModule]?: SoleModule })[soleModule]
}

function addedTwice({ type, fix }: SoleModule, first: Module, second: Module): ModuleError {
  const which =
    first.name === second.name
      ? `the module '${first.name}' twice`
      : `the module '${second.name}' beside '${first.name}'`
  return new ModuleError(
    'MYFY_MODULE_DUPLICATE',
    `Cannot add ${which}: an application has one ${type}. ${fix}.`,
  )
}

/** Reports whether a class or name refers to a module. */
export function refersTo(reference: ModuleReference, module: Module): boolean {
  if (typeof reference === 'string') return module.name === reference
  return typeof reference === 'function' && module instanceof reference
}

// Kahn's algorithm, except that a module that was passed over follows as soon as it can. The sort is stable and linear.
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
        `Cannot order the modules: they require each other: ${path.map((module) => module.name).join(' → ')}. Move what both need into a third module.`,
      ),
    )
    return { modules: [...added], moved: [] }
  }
  return { modules, moved }
}

function inCycle(module: Module, requires: ReadonlyMap<Module, readonly Module[]>): boolean {
  return cyclePath(module, requires).length > 0
}

/** Returns the shortest path from a module back to itself, or an empty list. */
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

/** The class of a module; of one that `defineModule` has created, its position among those that were added. */
function shown(module: Module, added: readonly Module[]): string {
  const name = className(module)
  return name === 'a module' ? `module number ${added.indexOf(module) + 1}` : name
}

function className(module: Module): string {
  const name = module.constructor?.name
  return name && name !== 'Object' ? name : 'a module'
}

function referenceName(reference: ModuleReference): string {
  return typeof reference === 'string' ? `'${reference}'` : reference.name
}
