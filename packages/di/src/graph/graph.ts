/** The registrations of one container, and the bindings that follow from them. */

import type { PlanSpec } from '../providers/entry-point.ts'
import { Marker, Provider } from '../providers/inject.ts'
import type { Registration } from '../providers/registration.ts'
import { nameOf, Seed, Token } from '../providers/token.ts'
import { Binding } from './binding.ts'
import { type Call, type Definition, decoratorOf, type Entry, specOf } from './entry.ts'
import { type Trace, traced } from './trace.ts'

/** The registrations and bindings of one container. */
export class Graph {
  /** Every call, in order. */
  readonly entries: Entry[] = []
  /** The module that is being configured. */
  registrar: string | undefined = undefined
  readonly #single = new Map<unknown, Entry>()
  readonly #many = new Map<unknown, Entry[]>()
  readonly #overrides = new Map<unknown, Entry>()
  readonly #decorations = new Map<unknown, Entry[]>()
  readonly #duplicates: (readonly [first: Entry, second: Entry])[] = []
  /** The canonical one of equal qualified tokens and markers, by base and by qualifier or kind. */
  readonly #canonical = new Map<unknown, Map<unknown, unknown>>()
  /** The bindings of what has no entry, by canonical token or marker: provider values, seeds, markers. */
  readonly #implicit = new Map<unknown, Binding>()
  /** Every binding, in the order in which they were derived. */
  #bindings: Binding[] = []
  /** Stands for an optional dependency without a provider. */
  readonly absent = new Binding({ token: 'absent', kind: 'value', scope: 'singleton' })

  /** The values of tokens that need no registration. */
  readonly #builtIns: ReadonlyMap<unknown, unknown>
  readonly #trace: Trace | undefined

  constructor(builtIns: ReadonlyMap<unknown, unknown> = new Map(), trace?: Trace) {
    this.#builtIns = builtIns
    this.#trace = trace
    this.absent.instance = undefined
    this.absent.state = 'linked'
  }

  /** Returns the canonical form: equal qualifiers of one base are one token, and equal markers are one marker. */
  key(injectable: unknown): unknown {
    // A class, the usual token.
    if (typeof injectable === 'function') return injectable
    const isMarker = injectable instanceof Marker
    const base = isMarker ? injectable.token : injectable instanceof Token && injectable.base
    if (!base) return injectable
    const baseKey = this.key(base)
    const qualifier = isMarker ? Symbol.for(injectable.kind) : (injectable as Token<unknown>).qualifier
    const named = this.#canonical.get(baseKey) ?? new Map<unknown, unknown>()
    this.#canonical.set(baseKey, named)
    if (!named.has(qualifier)) named.set(qualifier, injectable)
    return named.get(qualifier)
  }

  /** Notes a call. Bindings are derived anew, because each call can change those that exist. */
  add(call: Call, token: unknown, definition: Definition): Entry {
    const entry: Entry = { call, token, definition, registrar: this.registrar, binding: undefined }
    const known = this.#single.get(token)
    this.entries.push(entry)
    if (this.#bindings.length > 0) this.unlink()
    if (call === 'registerMany') append(this.#many, token, entry)
    if (call === 'decorate') append(this.#decorations, token, entry)
    if (call === 'override') this.#overrides.set(token, entry)
    if (call !== 'register') return entry
    // A provider value carries its provider, so a second registration of it changes nothing.
    if (known && !(definition instanceof Provider && definition === known.definition))
      this.#duplicates.push([known, entry])
    if (!known) this.#single.set(token, entry)
    return entry
  }

  /** Discards bindings, so that they are derived anew. Default: all of them. */
  unlink(bindings?: readonly Binding[]): void {
    const discarded = new Set(bindings ?? this.#bindings)
    this.#bindings = this.#bindings.filter((binding) => !discarded.has(binding))
    for (const [key, binding] of this.#implicit) if (discarded.has(binding)) this.#implicit.delete(key)
    for (const entry of this.entries)
      if (entry.binding && discarded.has(entry.binding)) entry.binding = undefined
  }

  /** Removes an entry point. */
  remove(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(entry), 1)
    if (entry.binding) this.unlink([entry.binding])
  }

  /** Reports whether a token is registered, or carries its provider. */
  has(key: unknown): boolean {
    const maps = [this.#builtIns, this.#single, this.#many, this.#overrides]
    return key instanceof Provider || maps.some((map) => map.has(key))
  }

  /** Reports whether a token has several providers, each added by `registerMany`. */
  hasMany(key: unknown): boolean {
    return this.#many.has(key)
  }

  /** The pairs of registrations of one token that no override resolves. */
  get duplicates(): readonly (readonly [first: Entry, second: Entry])[] {
    return this.#duplicates.filter(([{ token }]) => !this.#overrides.has(token))
  }

  /** The overrides and decorations of tokens that nothing provides and nothing injects. */
  get unused(): readonly Entry[] {
    if (!this.#overrides.size && !this.#decorations.size) return []
    const injected = new Set(this.#bindings.flatMap(({ inject }) => inject.map(this.#target)))
    const provided = (key: unknown): boolean =>
      key instanceof Provider || key instanceof Seed || this.#single.has(key) || this.#many.has(key)
    return this.entries.filter(
      ({ call, token }) =>
        (call === 'override' && !provided(token) && !injected.has(token)) ||
        (call === 'decorate' && !provided(token) && !this.#overrides.has(token)),
    )
  }

  /** The provider values that are injected or registered. */
  get providerValues(): readonly Provider<unknown, unknown>[] {
    const found = new Set<Provider<unknown, unknown>>()
    for (const { token } of this.#bindings) if (token instanceof Provider) found.add(token)
    return [...found]
  }

  readonly #target = (injectable: unknown): unknown =>
    this.key(injectable instanceof Marker ? injectable.token : injectable)

  /** Returns the bindings of all calls and of the provider values they lead to: entry points first. */
  all(): readonly Binding[] {
    for (const entry of this.entries) if (entry.call === 'plan') this.entryPoint(entry)
    for (const entry of this.entries) {
      if (entry.binding) continue
      if (entry.call === 'register') this.find(entry.token)
      if (entry.call === 'registerMany') this.members(entry.token)
      if (entry.call === 'override') this.find(entry.token)
    }
    return [...this.#bindings]
  }

  /** Returns the binding of an entry point. */
  entryPoint(entry: Entry): Binding {
    if (entry.binding) return entry.binding
    const { name, inject, scope = 'singleton' } = entry.definition as PlanSpec
    const { registrar } = entry
    const binding = new Binding({ token: undefined, kind: 'entry', scope, inject, name, registrar })
    this.#bindings.push(binding)
    entry.binding = binding
    return binding
  }

  /** Returns the bindings of the providers that `all(token)` injects. */
  members(token: unknown): readonly Binding[] {
    const key = this.key(token)
    const override = this.#overrides.get(key)
    const single = this.find(key)
    const entries = this.#many.get(key) ?? []
    // An override replaces them all.
    const members = override ? [] : entries.map((entry) => entry.binding ?? this.#derive(entry))
    return [...(single ? [single] : []), ...members]
  }

  /**
   * Returns the binding of anything that can be injected, also of a provider value, which is not registered. That has
   * the name under which it is injected first, unless it has a name itself.
   */
  find(injectable: unknown, injectedAs?: string): Binding | undefined {
    const key = this.key(injectable)
    const override = this.#overrides.size > 0 ? this.#overrides.get(key) : undefined
    const entry = override ?? this.#single.get(key)
    if (entry) return entry.binding ?? this.#derive(entry)
    // A decorator injects the binding that it decorates.
    const known = key instanceof Binding ? key : this.#implicit.get(key)
    if (known) return known
    const binding = key instanceof Marker ? this.#findMarked(key, injectedAs) : this.#findOwn(key, injectedAs)
    if (binding && binding !== this.absent) this.#implicit.set(key, binding)
    return binding
  }

  /** Returns the binding of a token that carries its provider. */
  #findOwn(key: unknown, injectedAs?: string): Binding | undefined {
    const isBuiltIn = this.#builtIns.has(key)
    if (!(isBuiltIn || key instanceof Provider || key instanceof Seed)) return undefined
    const definition = isBuiltIn ? { value: this.#builtIns.get(key) } : (key as Definition)
    const entry = {
      call: 'register',
      token: key,
      definition,
      registrar: undefined,
      binding: undefined,
    } as const
    return this.#derive(entry, injectedAs)
  }

  #findMarked(marker: Marker<unknown, unknown>, injectedAs?: string): Binding | undefined {
    const { kind, token } = marker
    if (!token) return undefined
    const target = this.find(token, injectedAs)
    if (kind === 'optional' && target?.kind !== 'seed') return target ?? this.absent
    if (!target && kind !== 'all') return undefined
    const binding = new Binding(
      kind === 'optional'
        ? { token: target!.token, kind: 'seed', scope: target!.scope }
        : {
            token,
            kind: kind as 'all' | 'lazy' | 'deferred',
            scope: 'transient',
            name: `${kind} ${target?.name ?? nameOf(token)}`,
          },
    )
    binding.optional = kind === 'optional'
    if (kind === 'all') binding.dependencies = this.members(token)
    if (kind === 'lazy' || kind === 'deferred') binding.dependencies = [target!]
    this.#bindings.push(binding)
    return binding
  }

  /** Derives the binding of an entry, wrapped in the decorators of its token. */
  #derive(entry: Entry, injectedAs?: string): Binding {
    const spec = specOf(entry, this.#replaced(entry), injectedAs)
    let binding = new Binding(this.#trace === undefined ? spec : traced(spec, this.#trace))
    if (binding.kind === 'value') binding.instance = (entry.definition as Registration).value
    this.#bindings.push(binding)
    const decorations = this.#decorations.size > 0 ? this.#decorations.get(entry.token) : undefined
    for (const decoration of decorations ?? []) {
      binding = decoratorOf(decoration, binding)
      this.#bindings.push(binding)
    }
    entry.binding = binding
    return binding
  }

  /** The scope that an override takes over: that of the provider it replaces. */
  #replaced({ call, token }: Entry): Binding['scope'] | undefined {
    if (call !== 'override') return undefined
    const before = this.#single.get(token) ?? this.#many.get(token)?.[0]
    const definition = before ? before.definition : token
    return (definition as Registration | undefined)?.scope
  }
}

function append(map: Map<unknown, Entry[]>, key: unknown, entry: Entry): void {
  const entries = map.get(key)
  if (entries) entries.push(entry)
  else map.set(key, [entry])
}
