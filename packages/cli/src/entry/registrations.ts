// The module that registered each provider.

import type { Application } from '@myfy/core'

/** The names of the registered providers, by the name of the module. */
export type Registrations = ReadonlyMap<string, readonly string[]>

/** The hooks in which modules register providers. `finalize` adds entry points. */
const REGISTERING_HOOKS: ReadonlySet<string> = new Set(['configure', 'extend', 'finalize'])

/** Records registrations from now on. The container does not know modules, so it is compared around each hook. */
export function recordRegistrations(app: Application): Registrations {
  const found = new Map<string, string[]>()
  const names = () => app.container.graph().nodes.map((node) => node.name)
  let before: readonly string[] = []
  app.on('hook.starting', ({ phase }) => {
    if (REGISTERING_HOOKS.has(phase)) before = names()
  })
  app.on('hook.finished', ({ phase, owner }) => {
    if (!REGISTERING_HOOKS.has(phase)) return
    found.set(owner, [...(found.get(owner) ?? []), ...difference(names(), before)])
  })
  return found
}

/** Returns the names in `all` beyond those in `known`; a name may occur several times. */
function difference(all: readonly string[], known: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const name of known) left.set(name, (left.get(name) ?? 0) + 1)
  return all.filter((name) => {
    const count = left.get(name) ?? 0
    left.set(name, count - 1)
    return count <= 0
  })
}
