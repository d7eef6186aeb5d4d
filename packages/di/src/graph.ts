/** The registry of one container and its linking: who needs whom, in one pass over the whole graph. */
import { BITS, Binding, NOTHING, nameOf } from './binding.ts'
import { captive, circular, type Fault, invalid, missing, mixed } from './fault.ts'
import { Marker } from './inject.ts'
import { Provider } from './provider.ts'
import { Seed, Token } from './token.ts'

export class Graph {
  /** One provider a token. */
  readonly single = new Map<unknown, Binding>()
  /** Many providers a token. */
  readonly many = new Map<unknown, Binding[]>()
  /** The entry points. */
  readonly entries: Binding[] = []
  /** Qualified tokens: one canonical token for each base and qualifier. */
  readonly #qualified = new Map<unknown, Map<string, unknown>>()
  /** The values that the last linking came across and that have to be disposed. */
  values: Binding[] = []
  /** What the current linking came across. */
  #faults: Fault[] = []
  #linked: Binding[] = []
  #handles: Binding[] = []
  #needers = new Map<unknown, Binding[]>()
  /** The way down to where linking is, and the next edge of each. */
  #stack: Binding[] = []
  #next: number[] = []

  /** The one key of a token: equal qualifiers of one base are one token. */
  key(token: unknown): unknown {
    if (!(token instanceof Token) || !token.base) return token
    const base = this.key(token.base)
    const named = this.#qualified.get(base) ?? new Map<string, unknown>()
    this.#qualified.set(base, named)
    const known = named.get(token.qualifier!) ?? token
    named.set(token.qualifier!, known)
    return known
  }

  /** Every provider and entry point that is known. */
  all(): Binding[] {
    return [...this.entries, ...this.single.values(), ...[...this.many.values()].flat()]
  }

  /** The provider of a token, also of one that brings its own; `as` names a nameless one. */
  find(token: unknown, as?: string): Binding | undefined {
    const key = this.key(token)
    const known = this.single.get(key)
    if (known) return known
    const own =
      key instanceof Provider
        ? provided(key, key, as)
        : key instanceof Seed
          ? new Binding(key, 'seed', key.scope)
          : undefined
    if (own) this.single.set(key, own)
    return own
  }

  /** Links what `roots` reach and was not linked before; what it reports has been undone when faults are returned. */
  link(roots: readonly Binding[]): Fault[] {
    this.#faults = []
    this.#linked = []
    this.#handles = []
    this.values = []
    this.#needers.clear()
    for (const root of roots) this.#descend(root)
    // Lazy handles are no edges of the order of construction, but what they reach is part of the graph.
    for (const handle of this.#handles) this.#descend(handle.make as Binding)
    // A handle may point to what is linked after it: then the needs travel until nothing changes.
    while (this.#handles.length && this.#linked.filter(spread).length);
    this.#stack = []
    for (const binding of this.#linked) this.#check(binding)
    return this.#faults
  }

  /** Forgets the last linking, so that the graph can be mended and linked again. */
  unlink(): void {
    for (const binding of this.#linked) {
      binding.mark = 0
      binding.edges = []
    }
  }

  /** Depth first without recursion: a chain of 100,000 providers must not overflow the stack. */
  #descend(root: Binding): void {
    if (root.mark) return
    const stack = this.#stack
    const next = this.#next
    stack[0] = root
    next[0] = 0
    this.#open(root)
    for (let top = 0; top >= 0; ) {
      const binding = stack[top]!
      const edge = binding.edges[next[top]!++]
      if (edge === undefined) {
        binding.mark = 2
        spread(binding)
        this.#linked.push(binding)
        top--
      } else if (edge.mark === 0) {
        this.#open(edge)
        stack[++top] = edge
        next[top] = 0
      } else if (edge.mark === 1) {
        const cycle = [...stack.slice(stack.indexOf(edge), top + 1), edge]
        this.#faults.push(() => circular(cycle))
      }
    }
  }

  #open(binding: Binding): void {
    binding.mark = 1
    const { inject } = binding
    const { length } = inject
    if (length === 0) return
    const edges = new Array<Binding>(length)
    for (let i = 0; i < length; i++)
      edges[i] = this.single.get(inject[i]) ?? this.#edge(inject[i], binding, i)
    binding.edges = edges
  }

  /** The binding behind anything that can stand in `inject`. */
  #edge(item: unknown, from: Binding, i: number): Binding {
    const as = from.keys?.[i]
    const token = item instanceof Marker ? item.token : item
    const kind = item instanceof Marker && item.kind
    const found = token ? this.find(token, as) : undefined
    if (kind === 'all' && token) {
      const edges = [...(found ? [found] : []), ...(this.many.get(this.key(token)) ?? [])]
      const list = new Binding(
        item,
        'all',
        'transient',
        undefined,
        undefined,
        undefined,
        `all ${nameOf(token)}`,
      )
      list.edges = edges
      return list
    }
    if (!found)
      return kind === 'optional' && token
        ? NOTHING
        : this.#missing(token, from, as ? `inject.${as}` : `inject[${i}]`)
    // That a seed may be absent only a binding of its own can say.
    if (kind === 'optional' && found.kind === 'seed')
      return new Binding(found.token, 'seed', found.scope, true)
    if (kind !== 'lazy') return found
    const handle = new Binding(item, 'lazy', 'transient', found, undefined, undefined, `lazy ${found.name}`)
    this.#handles.push(handle)
    return handle
  }

  /** One fault a token, however many need it. */
  #missing(token: unknown, from: Binding, place: string): Binding {
    const needers = token ? this.#needers.get(token) : undefined
    if (needers) {
      needers.push(from)
    } else {
      const all = [from]
      this.#needers.set(token, all)
      this.#faults.push((pathTo) => missing(this, token, all, pathTo(from), place))
    }
    return NOTHING
  }

  #check(binding: Binding): void {
    const { kind, scope, needs, options, make } = binding
    if (kind === 'value') {
      if (options?.dispose) this.values.push(binding)
    } else if (typeof make !== 'function' && (kind === 'class' || kind === 'factory')) {
      this.#invalid(binding, 'can neither be constructed nor called.', 'Give it a factory or a value.')
    }
    if (options?.settle && scope === 'singleton') {
      this.#invalid(
        binding,
        'has settle, but a singleton has no outcome.',
        'Use dispose, or a request or task scope.',
      )
    }
    if (scope === 'transient') {
      if (needs === 3) this.#faults.push((pathTo) => mixed(binding, pathTo(binding)))
      return
    }
    for (const edge of binding.edges) {
      if (edge.needs & ~BITS[scope] && edge.needs < 3)
        this.#faults.push((pathTo) => captive(binding, edge, pathTo(binding)))
    }
  }

  #invalid(binding: Binding, why: string, remedy: string): void {
    this.#faults.push((pathTo) => invalid(binding, pathTo(binding), why, remedy))
  }
}

/** A transient can live only where all it is built from can: its needs are theirs. True when they have changed. */
function spread(binding: Binding): boolean {
  if (binding.scope !== 'transient') return false
  let needs = binding.kind === 'lazy' ? (binding.make as Binding).needs : 0
  for (const edge of binding.edges) needs |= edge.needs
  const changed = needs !== binding.needs
  binding.needs = needs
  return changed
}

/** The binding of a provider value, under its own token or as the override of another. */
export const provided = (token: unknown, { scope, name, spec }: Provider<unknown>, as?: string): Binding =>
  new Binding(
    token,
    spec.construct ? 'class' : 'factory',
    scope,
    spec.make,
    spec.inject,
    spec.options,
    name || as || `a ${scope}`,
  )
