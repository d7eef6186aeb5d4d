/** What an entry point needs per opening, as a straight line: no lookup, no recursion, no decision is left. */
import { type Binding, isTransient } from './binding.ts'
import type { Fault } from './fault.ts'
import { reach } from './fault.ts'
import { disposable } from './lifetime.ts'

/** One construction. Its arguments are slots of the frame, or constants, written as `~index`. */
export interface Step {
  readonly binding: Binding
  readonly args: readonly number[]
  /** Whether its service has to be kept for the end: surely, never, or if the instance can be disposed. */
  readonly kept: 'yes' | 'no' | 'maybe'
}

/** The straight line: a frame holds the seeds, then what each step builds. */
export class Recipe {
  readonly seeds: readonly unknown[]
  readonly steps: Step[] = []
  /** What is the same for every opening: singletons, values, handles to them. */
  readonly constants: Binding[] = []
  /** Where the services of the entry point are. */
  readonly results: readonly number[]
  readonly keys: readonly string[] | undefined
  /** A handle to something short-lived builds by need: a straight line cannot. */
  byNeed = false
  readonly faults: Fault[] = []
  readonly #slots = new Map<Binding, number>()

  constructor(entry: Binding, seeds: readonly unknown[]) {
    this.seeds = seeds
    this.keys = entry.keys
    this.results = entry.edges.map((edge) => this.#place(edge, [entry]))
  }

  /** False when every opening gets the same. */
  get scoped(): boolean {
    return this.byNeed || this.steps.length > 0 || this.results.some((slot) => slot >= 0)
  }

  /** True when a factory on the way is an async function. */
  get async(): boolean {
    return this.steps.some(
      ({ binding }) => Object.prototype.toString.call(binding.make) === '[object AsyncFunction]',
    )
  }

  #place(binding: Binding, from: readonly Binding[]): number {
    const known = this.#slots.get(binding)
    if (known !== undefined) return known
    const route = [...from, binding]
    if (binding.kind === 'seed') {
      const slot = this.seeds.indexOf(binding.token)
      if (slot < 0 && !binding.make) this.faults.push({ kind: 'seed', at: from[0]!, route })
      return slot < 0 ? this.#constant(binding) : slot
    }
    if (binding.kind === 'lazy') {
      const target = binding.make as Binding
      if (target.scope !== 'singleton') {
        this.byNeed = true
        this.#seedsBehind(target, route, new Set())
      }
      return this.#constant(binding)
    }
    if (binding.kind === 'value' || binding.scope === 'singleton') return this.#constant(binding)
    // A cycle is reported by linking: here it only must not run forever.
    if (from.includes(binding)) return -1
    const args = binding.edges.map((edge) => this.#place(edge, route))
    const slot = this.seeds.length + this.steps.push({ binding, args, kept: kept(binding) }) - 1
    if (!isTransient(binding)) this.#slots.set(binding, slot)
    return slot
  }

  #constant(binding: Binding): number {
    const slot = ~(this.constants.push(binding) - 1)
    this.#slots.set(binding, slot)
    return slot
  }

  #seedsBehind(binding: Binding, route: readonly Binding[], seen: Set<Binding>): void {
    if (seen.has(binding) || binding.scope === 'singleton') return
    seen.add(binding)
    const on = [...route, binding]
    if (binding.kind === 'seed' && !binding.make && !this.seeds.includes(binding.token)) {
      this.faults.push({ kind: 'seed', at: route[0]!, route: on })
    }
    for (const next of reach(binding)) this.#seedsBehind(next, on, seen)
  }
}

function kept(binding: Binding): Step['kept'] {
  const { kind, dispose, settle } = binding
  if (settle || dispose) return 'yes'
  if (dispose === false) return 'no'
  return kind === 'factory' ? 'maybe' : disposable(binding, undefined) ? 'yes' : 'no'
}
