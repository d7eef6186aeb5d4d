/** The registry of one container and its linking: who needs whom, in one pass over the whole graph. */
import { Binding, isTransient, REQUEST, scopeBit, TASK } from './binding.ts'
import type { Fault } from './fault.ts'
import { Marker } from './inject.ts'
import { Provider, type ProviderOptions } from './provider.ts'
import { type AbstractClass, Seed, Token } from './token.ts'

const NEW = 0
const OPEN = 1
const DONE = 2

/** The service that is injected for an optional one that nobody provides. */
const absent = (): Binding => {
  const binding = new Binding(undefined, 'nothing', 'value', 'singleton')
  binding.instance = undefined
  return binding
}

export class Graph {
  /** One provider a token. */
  readonly single = new Map<unknown, Binding>()
  /** Many providers a token. */
  readonly many = new Map<unknown, Binding[]>()
  /** The entry points. */
  readonly entries: Binding[] = []
  /** Qualified tokens: one canonical token for each base and qualifier. */
  #qualified: Map<unknown, Map<string, unknown>> | undefined
  /** What the current linking came across. */
  #faults: Fault[] = []
  #lazy: Binding[] = []
  #linked: Binding[] = []

  /** The one key of a token: equal qualifiers of one base are one token. */
  key(token: unknown): unknown {
    if (!(token instanceof Token) || token.base === undefined) return token
    const base = this.key(token.base)
    this.#qualified ??= new Map()
    let named = this.#qualified.get(base)
    if (!named) {
      named = new Map()
      this.#qualified.set(base, named)
    }
    const known = named.get(token.qualifier!)
    if (known) return known
    named.set(token.qualifier!, token)
    return token
  }

  /** Every provider that is known. */
  all(): Binding[] {
    return [...this.entries, ...this.single.values(), ...[...this.many.values()].flat()]
  }

  /** The provider of a token, also of one that brings its own. */
  find(token: unknown, as?: string): Binding | undefined {
    const found = this.single.get(token)
    if (found) return found
    const key = this.key(token)
    const known = this.single.get(key)
    if (known) return known
    const binding =
      key instanceof Provider
        ? provided(key, key, as)
        : key instanceof Seed
          ? new Binding(key, key.name, 'seed', key.scope)
          : undefined
    if (binding) this.single.set(key, binding)
    return binding
  }

  /** Links what is reachable from `roots` and was not linked before. After faults, what it linked is new again. */
  link(roots: Iterable<Binding>): Fault[] {
    this.#faults = []
    this.#linked = []
    this.#lazy = []
    for (const root of roots) this.#descend(root)
    // Lazy handles are no edges of the order of construction, but what they reach is part of the graph.
    for (const handle of this.#lazy) this.#descend(handle.make as Binding)
    this.#spread()
    for (const binding of this.#linked) this.#check(binding)
    return this.#faults
  }

  /** Forgets the last linking, so that the graph can be mended and linked again. */
  unlink(): void {
    for (const binding of this.#linked) {
      binding.mark = NEW
      binding.edges = []
    }
  }

  /** Depth first without recursion: a chain of 100,000 providers must not overflow the stack. */
  #descend(root: Binding): void {
    if (root.mark !== NEW) return
    const stack: Binding[] = [root]
    const next: number[] = [0]
    this.#open(root)
    for (let top = 0; top >= 0; ) {
      const binding = stack[top]!
      const i = next[top]!++
      if (i === binding.edges.length) {
        binding.mark = DONE
        this.#linked.push(binding)
        top--
        continue
      }
      const edge = binding.edges[i]!
      if (edge.mark === NEW) {
        this.#open(edge)
        stack[++top] = edge
        next[top] = 0
      } else if (edge.mark === OPEN) {
        this.#faults.push({ kind: 'cycle', at: edge, cycle: stack.slice(stack.indexOf(edge), top + 1) })
      }
    }
  }

  #open(binding: Binding): void {
    binding.mark = OPEN
    const { inject } = binding
    if (inject.length === 0) return
    const edges: Binding[] = []
    for (let i = 0; i < inject.length; i++) {
      const edge = this.single.get(inject[i]) ?? this.edge(inject[i], binding, i)
      if (edge) edges.push(edge)
    }
    binding.edges = edges
  }

  /** The binding behind anything that can stand in `inject`; a fault when there is none. */
  edge(item: unknown, from: Binding, i: number): Binding | undefined {
    if (item instanceof Binding) return item
    if (!(item instanceof Marker)) {
      const found = this.find(item, from.keys?.[i])
      if (!found) this.#faults.push({ kind: 'missing', at: from, item, i })
      return found
    }
    const { kind, token } = item
    if (kind === 'all') {
      const key = this.key(token)
      const one = this.find(key)
      const members = [...(one ? [one] : []), ...(this.many.get(key) ?? [])]
      return new Binding(
        item,
        `all ${nameOf(token)}`,
        'factory',
        'transient',
        (...list: unknown[]) => list,
        members as never,
        { dispose: false },
      )
    }
    const found = token && this.find(token, from.keys?.[i])
    if (kind === 'optional' && token) {
      if (!found) return absent()
      // A seed that the scope does not bring is absent as well: only a binding of its own can say so.
      return found.kind === 'seed' ? new Binding(found.token, found.name, 'seed', found.scope, true) : found
    }
    if (!found) {
      this.#faults.push({ kind: 'missing', at: from, item: token, i })
      return undefined
    }
    const handle = new Binding(item, `lazy ${found.name}`, 'lazy', 'transient', found)
    this.#lazy.push(handle)
    return handle
  }

  /** A transient can live only where all it is built from can: its needs are theirs, through any number of them. */
  #spread(): void {
    let changed: boolean
    do {
      changed = false
      for (const binding of this.#linked) {
        if (!isTransient(binding)) continue
        let needs = binding.kind === 'lazy' ? (binding.make as Binding).needs : 0
        for (const edge of binding.edges) needs |= edge.needs
        changed ||= needs !== binding.needs
        binding.needs = needs
      }
      // The order of linking is that of construction, so one round is enough, unless handles point backwards.
    } while (changed && this.#lazy.length)
  }

  #check(binding: Binding): void {
    const { kind, name } = binding
    if ((kind === 'class' || kind === 'factory') && typeof binding.make !== 'function') {
      const why = `${name} can neither be constructed nor called.`
      this.#faults.push({ kind: 'invalid', at: binding, why, remedy: 'Give it a factory or a value.' })
    }
    if (binding.settle && binding.scope === 'singleton') {
      const why = `${name} is a singleton with settle, and the application has no outcome to tell it.`
      this.#faults.push({
        kind: 'invalid',
        at: binding,
        why,
        remedy: 'Use dispose, or a request or task scope.',
      })
    }
    if (isTransient(binding)) {
      if (binding.needs === (REQUEST | TASK)) this.#faults.push({ kind: 'mixed', at: binding })
      return
    }
    const allowed = scopeBit(binding.scope)
    for (const edge of binding.edges) {
      if (edge.needs & ~allowed && edge.needs !== (REQUEST | TASK)) {
        this.#faults.push({ kind: 'captive', at: binding, edge })
      }
    }
  }
}

/** The binding of a provider value, under its own token or as the override of another. */
export const provided = (token: unknown, { scope, name, spec }: Provider<unknown>, as?: string): Binding =>
  new Binding(
    token,
    name || as || `a ${scope}`,
    spec.construct ? 'class' : 'factory',
    scope,
    spec.make,
    spec.inject,
    spec.options as ProviderOptions<unknown>,
  )

/** How a token is called. */
export const nameOf = (token: unknown): string =>
  ((token as Token<unknown> | AbstractClass | undefined)?.name ?? String(token)) || 'an unnamed class'
