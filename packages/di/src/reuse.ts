/**
 * How a container takes over what another has built: in a reload, services that did not change keep running.
 * For frameworks; an application does not need it.
 */
import { type Binding, UNSET } from './binding.ts'
import { type Container, internals } from './container.ts'
import type { Call } from './graph.ts'
import type { Registration } from './registration.ts'

/** Something that was said to a container. */
export type RecordedCall = readonly [call: Call, token: unknown, how: unknown]

/** What was said to a container: registrations, overrides, plans. Made by {@link recorded}. */
export type Recording = readonly RecordedCall[]

/** How much has been said to a container so far: a mark for {@link recorded}. */
export function mark(container: Container): number {
  return container[internals]().graph.tokens.length
}

/** What was said to a container since a mark. */
export function recorded(container: Container, since: number): Recording {
  const { graph } = container[internals]()
  const said: RecordedCall[] = []
  // From the mark on: asked after each of a thousand modules, all calls would be a million steps.
  for (let at = since; at < graph.tokens.length; at++) {
    const call = graph.call(at)
    if (call !== 'implicit' && call !== 'detached')
      said.push([call, graph.tokens.at(at), graph.definitions.at(at)])
  }
  return said
}

/** Whether an entry point was declared: a plan belongs to the container that it was declared in. */
export function hasPlans(recording: Recording): boolean {
  return recording.some(([call]) => call === 'plan')
}

/** Says the same to another container. */
export function replay(recording: Recording, container: Container): void {
  for (const [call, token, how] of recording) {
    // The token has the qualifier already.
    const said = (how as Registration).qualifier ? { ...(how as Registration), qualifier: undefined } : how
    if (call !== 'implicit' && call !== 'plan' && call !== 'detached')
      (container[call] as (token: unknown, how: unknown) => unknown)(token, said)
  }
}

/**
 * Two containers of which the later, which is built but has built no service yet, uses singletons of the earlier.
 * Until `commit` the earlier owns them all: if the later fails, nothing has happened.
 *
 * @example
 * ```ts
 * import { Container } from '@myfy/di'
 * import { mark, recorded, replay, SingletonReuse } from '@myfy/di/reuse'
 *
 * class Pool {}
 * const earlier = new Container()
 * const since = mark(earlier)
 * earlier.register(Pool).build()
 * const pool = earlier.get(Pool)
 *
 * const later = new Container()
 * replay(recorded(earlier, since), later)
 * const reuse = new SingletonReuse(later.build(), earlier)
 * console.log(later.get(Pool) === pool, reuse.notReused(recorded(earlier, since)).length === 0)
 * reuse.commit()
 * ```
 */
export class SingletonReuse {
  readonly #later: Container
  readonly #earlier: Container
  readonly #shared = new Map<Binding, Binding>()
  readonly #decided = new Map<Binding, boolean>()

  /** Shares every singleton whose provider, and all that it is built from, is the same in both. */
  constructor(later: Container, earlier: Container) {
    this.#later = later
    this.#earlier = earlier
    const { graph } = later[internals]()
    for (const binding of graph.all()) this.#isSame(binding)
    for (const [binding, before] of this.#shared) binding.instance = before.instance
  }

  /** The singletons of a recording that the earlier container has built and the later cannot use. */
  notReused(recording: Recording): readonly string[] {
    const { graph } = this.#earlier[internals]()
    const kept = new Set(this.#shared.values())
    const names: string[] = []
    for (const [, token] of recording) {
      const key = graph.key(token)
      const known = graph.place(key)
      for (const at of [...(known ? [known] : []), ...(graph.many.get(key) ?? [])]) {
        const binding = graph.at(at)
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
    // They were built before all that the later has built, so they are disposed after it.
    to.owned = [...from.owned.filter(([owner]) => kept.has(owner)), ...to.owned]
    from.owned = from.owned.filter(([owner]) => !kept.has(owner))
  }

  #isSame(binding: Binding): boolean {
    const known = this.#decided.get(binding)
    if (known !== undefined) return known
    // A way back to itself leads through a lazy handle, which is never the same.
    this.#decided.set(binding, false)
    const { graph } = this.#earlier[internals]()
    const place = graph.place(binding.token)
    const before = place === undefined ? undefined : graph.at(place)
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
