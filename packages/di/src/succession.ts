/**
 * How a container takes over what another has built: in a reload, services that did not change keep running.
 * For frameworks; an application does not need it.
 */
import { Binding, UNSET } from './binding.ts'
import { type Container, type Entry, internals } from './container.ts'

/** What was said to a container: registrations, overrides, plans. Made by {@link recorded}. */
export type Recording = readonly Entry[]

/** How much has been said to a container so far: a mark for {@link recorded}. */
export function mark(container: Container): number {
  return container[internals]().journal.length
}

/** What was said to a container since a mark. */
export function recorded(container: Container, since: number): Recording {
  return container[internals]().journal.slice(since)
}

/** Whether an entry point was declared: a plan belongs to the container that it was declared in. */
export function hasPlans(recording: Recording): boolean {
  return recording.some((entry) => !(entry instanceof Binding) && entry[0] === 'plan')
}

/** Says the same to another container. */
export function replay(recording: Recording, container: Container): void {
  for (const entry of recording) {
    const [what, token, registration] =
      entry instanceof Binding ? (['register', entry.token, entry.options] as const) : entry
    if (what !== 'plan')
      (container[what] as (token: unknown, registration: unknown) => unknown)(token, registration)
  }
}

/**
 * Two containers of which the later, which is built but has built no service yet, uses singletons of the earlier.
 * Until `commit` the earlier owns them all: if the later fails, nothing has happened.
 *
 * @example
 * ```ts
 * import { Container } from '@myfy/di'
 * import { mark, recorded, replay, Succession } from '@myfy/di/succession'
 *
 * class Pool {}
 * const earlier = new Container()
 * const since = mark(earlier)
 * earlier.register(Pool).build()
 * const pool = earlier.get(Pool)
 *
 * const later = new Container()
 * replay(recorded(earlier, since), later)
 * const succession = new Succession(later.build(), earlier)
 * console.log(later.get(Pool) === pool, succession.misses(recorded(earlier, since)).length === 0)
 * succession.commit()
 * ```
 */
export class Succession {
  readonly #later: Container
  readonly #earlier: Container
  readonly #shared = new Map<Binding, Binding>()
  readonly #decided = new Map<Binding, boolean>()

  /** Shares every singleton whose provider, and all that it is built from, is the same in both. */
  constructor(later: Container, earlier: Container) {
    this.#later = later
    this.#earlier = earlier
    const { graph } = later[internals]()
    for (const binding of graph.single.values()) this.#isSame(binding)
    for (const [binding, before] of this.#shared) binding.instance = before.instance
  }

  /** The singletons of a recording that the earlier container has built and the later cannot use. */
  misses(recording: Recording): readonly string[] {
    const { graph } = this.#earlier[internals]()
    const kept = new Set(this.#shared.values())
    const names: string[] = []
    for (const entry of recording) {
      const key = graph.key(entry instanceof Binding ? entry.token : entry[1])
      const known = graph.single.get(key)
      for (const binding of [...(known ? [known] : []), ...(graph.many.get(key) ?? [])]) {
        const built = binding.kind !== 'value' && binding.scope === 'singleton' && binding.instance !== UNSET
        if (built && !kept.has(binding)) names.push(binding.name)
      }
    }
    return names
  }

  /** From now on the later container disposes of what is shared, after everything of its own. */
  commit(): void {
    const kept = new Set(this.#shared.values())
    const { root: from } = this.#earlier[internals]()
    const { root: to } = this.#later[internals]()
    const moves = from.owners.map((binding) => kept.has(binding))
    // They were built before all that the later has built, so they are disposed after it.
    to.owners = [...from.owners.filter((_, i) => moves[i]), ...to.owners]
    to.owned = [...from.owned.filter((_, i) => moves[i]), ...to.owned]
    from.owned = from.owned.filter((_, i) => !moves[i])
    from.owners = from.owners.filter((_, i) => !moves[i])
  }

  #isSame(binding: Binding): boolean {
    const known = this.#decided.get(binding)
    if (known !== undefined) return known
    // A way back to itself leads through a lazy handle, which is never the same.
    this.#decided.set(binding, false)
    const before = this.#earlier[internals]().graph.single.get(binding.token)
    const same = before !== undefined && this.#alike(binding, before)
    this.#decided.set(binding, same)
    if (same && binding.kind !== 'value') this.#shared.set(binding, before)
    return same
  }

  #alike(binding: Binding, before: Binding): boolean {
    if (binding.scope !== 'singleton' || before.scope !== 'singleton' || binding.kind !== before.kind)
      return false
    if (binding.kind === 'value') return binding.instance === before.instance
    return (
      (binding.kind === 'class' || binding.kind === 'factory') &&
      before.instance !== UNSET &&
      binding.make === before.make &&
      binding.edges.length === before.edges.length &&
      binding.edges.every((edge, i) => edge.token === before.edges[i]?.token && this.#isSame(edge))
    )
  }
}
