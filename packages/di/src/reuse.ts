/**
 * Reuse: a container takes over services that an earlier one has built, so that a reload keeps what did not change. For
 * frameworks; applications do not need it.
 */

import { type Container, internals } from './container.ts'
import { type Binding, UNSET } from './graph/binding.ts'
import type { Call, Entry } from './graph/entry.ts'
import type { Inject } from './providers/inject.ts'
import type { Registration } from './providers/registration.ts'

/** One call of a container: the method, the token and its definition. */
export type RecordedCall = readonly [
  call: Call,
  token: unknown,
  definition: unknown,
  registrar: string | undefined,
]

/** The calls of a container: registrations, overrides, decorators, plans. Made by {@link recorded}. */
export type Recording = readonly RecordedCall[]

/** Returns the number of calls so far: a mark for {@link recorded}. */
export function mark(container: Container): number {
  return container[internals]().graph.entries.length
}

/** Names the module whose calls follow. Errors of the graph mention it. */
export function setRegistrar(container: Container, name: string | undefined): void {
  container[internals]().graph.registrar = name
}

/** Returns the calls since a mark. */
export function recorded(container: Container, since: number): Recording {
  const toCall = ({ call, token, definition, registrar }: Entry): RecordedCall => [
    call,
    token,
    definition,
    registrar,
  ]
  return container[internals]().graph.entries.slice(since).map(toCall)
}

/** Reports whether a recording declares an entry point, which belongs to the container that it was declared in. */
export function hasPlans(recording: Recording): boolean {
  return recording.some(([call]) => call === 'plan')
}

/** Repeats the calls of a recording, except plans, on another container. */
export function replay(recording: Recording, container: Container): void {
  for (const [call, token, definition, registrar] of recording) {
    if (call === 'plan') continue
    // The token includes the qualifier.
    const { qualifier } = definition as Registration
    setRegistrar(container, registrar)
    ;(container[call] as (token: unknown, definition: unknown) => unknown)(
      token,
      qualifier ? { ...(definition as Registration), qualifier: undefined } : definition,
    )
  }
  setRegistrar(container, undefined)
}

/**
 * Two containers of which the later one, which is built but has not built any service, uses singletons of the earlier
 * one. The earlier container disposes all of them until `commit`: if the later one fails, nothing has happened.
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

  /** Shares every singleton whose provider, and all that it is built from, is the same in both containers. */
  constructor(later: Container, earlier: Container) {
    this.#later = later
    this.#earlier = earlier
    const { graph, root } = later[internals]()
    for (const binding of graph.all()) this.#isSame(binding)
    for (const [binding, before] of this.#shared) {
      binding.instance = before.instance
      root.own(before.instance)
    }
  }

  /** Returns the names of the singletons of a recording that the earlier container has built and the later cannot use. */
  notReused(recording: Recording): readonly string[] {
    const { graph } = this.#earlier[internals]()
    const reused = new Set(this.#shared.values())
    const isBuilt = ({ kind, scope, instance }: Binding): boolean =>
      kind !== 'value' && scope === 'singleton' && instance !== UNSET
    return recording
      .filter(([call]) => call !== 'plan')
      .flatMap(([, token]) => graph.members(token))
      .filter((binding) => isBuilt(binding) && !reused.has(binding))
      .map(({ name }) => name)
  }

  /** Reports whether the later container uses the same services for a list or record of injectables. */
  reuses(inject: Inject): boolean {
    const { graph } = this.#later[internals]()
    return Object.values(inject).every((injectable: unknown) => {
      const binding = graph.find(injectable)
      return binding !== undefined && this.#isSame(binding)
    })
  }

  /** Transfers the shared services: from now on the later container disposes them, after its other services. */
  commit(): void {
    const reused = new Set(this.#shared.values())
    const { root: from } = this.#earlier[internals]()
    const { root: to } = this.#later[internals]()
    // They were built before everything that the later container has built.
    to.owned = [...from.owned.filter(({ binding }) => reused.has(binding)), ...to.owned]
    from.owned = from.owned.filter(({ binding }) => !reused.has(binding))
  }

  #isSame(binding: Binding): boolean {
    const known = this.#decided.get(binding)
    if (known !== undefined) return known
    // A cycle leads through a lazy handle, which is never the same.
    this.#decided.set(binding, false)
    const { graph } = this.#earlier[internals]()
    const before = graph.find(binding.token)
    const isSame = before !== undefined && this.#isAlike(binding, before)
    this.#decided.set(binding, isSame)
    if (isSame && binding.kind !== 'value') this.#shared.set(binding, before)
    return isSame
  }

  #isAlike(binding: Binding, before: Binding): boolean {
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
