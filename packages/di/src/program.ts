/** A recipe made runnable: as one generated function, or as a small interpreter where code cannot be generated. */
import type { Binding } from './binding.ts'
import { isThenable, Lifetime } from './lifetime.ts'
import { Free, Owning } from './opened.ts'
import type { Recipe, Step } from './recipe.ts'
import { abandon, Failure, failed, invoke, record } from './store.ts'

/** Opens an entry point: seeds in, services out. */
export type Open = (...seeds: unknown[]) => unknown

/** Whether this process may make functions from strings. */
export function canGenerate(): boolean {
  try {
    return new Function('return true')()
  } catch {
    return false
  }
}

/** What both forms share: the slow ways out of the straight line. */
export class Program {
  readonly #entry: Binding
  readonly #recipe: Recipe
  readonly #generated: ((...runtime: unknown[]) => Open) | undefined
  #constants: readonly unknown[] = []
  readonly #kept: readonly number[]
  readonly #owners: Binding[]

  constructor(entry: Binding, recipe: Recipe, generate: boolean) {
    this.#entry = entry
    this.#recipe = recipe
    this.#kept = recipe.steps.flatMap((step, i) => (step.kept === 'no' ? [] : [i]))
    this.#owners = this.#kept.map((i) => recipe.steps[i]!.binding)
    this.#generated = generate ? this.#generate() : undefined
  }

  /** Ready to open, once the constants are known. */
  start(constants: readonly unknown[]): Open {
    this.#constants = constants
    const makers = this.#recipe.steps.map(({ binding }) => binding.make)
    return this.#generated?.(makers, constants, this, this.#owners, Free, Owning) ?? this.#interpret()
  }

  /** The interpreter: every opening walks the steps over a frame of its own. */
  #interpret(): Open {
    const { seeds, steps } = this.#recipe
    const first = seeds.length
    const size = first + steps.length
    const single = first === 1
    return (...given) => {
      const frame = new Array<unknown>(size)
      if (single) frame[0] = given[0]
      else for (let i = 0; i < first; i++) frame[i] = given[i]
      return this.#run(frame, 0)
    }
  }

  #run(frame: unknown[], from: number): unknown {
    const { steps, seeds } = this.#recipe
    let i = from
    try {
      for (; i < steps.length; i++) {
        const built = this.#build(steps[i]!, frame)
        frame[seeds.length + i] = built
        if (steps[i]!.binding.kind === 'factory' && isThenable(built)) return this.later(i, frame)
      }
    } catch (error) {
      return this.fail(error, i, frame)
    }
    return this.#close(frame)
  }

  #build({ binding, args }: Step, frame: unknown[]): unknown {
    const constants = this.#constants
    const { keys } = binding
    // biome-ignore lint/suspicious/noExplicitAny: what a provider takes was checked where it was written
    const make = binding.make as any
    if (keys || args.length > 2)
      return invoke(
        binding,
        args.map((slot) => this.#at(slot, frame)),
      )
    const construct = binding.kind === 'class'
    if (args.length === 0) return construct ? new make() : make()
    const a = args[0]! < 0 ? constants[~args[0]!] : frame[args[0]!]
    if (args.length === 1) return construct ? new make(a) : make(a)
    const b = args[1]! < 0 ? constants[~args[1]!] : frame[args[1]!]
    return construct ? new make(a, b) : make(a, b)
  }

  #at(slot: number, frame: readonly unknown[]): unknown {
    return slot < 0 ? this.#constants[~slot] : frame[slot]
  }

  /** The rest of the way when step `i` has given a promise. */
  async later(i: number, frame: unknown[]): Promise<unknown> {
    const at = this.#recipe.seeds.length + i
    try {
      frame[at] = await frame[at]
    } catch (error) {
      return this.fail(error, i, frame)
    }
    return this.#run(frame, i + 1)
  }

  /** Step `i` threw: what was built before it is disposed, then the error goes out. */
  fail(error: unknown, i: number, frame: unknown[]): Promise<never> {
    const cause = failed(new Failure(this.#recipe.steps[i]!.binding, error), [this.#entry])
    const before = this.#kept.filter((step) => step < i)
    return abandon(new Lifetime(this.#owners.slice(0, before.length), this.#own(before, frame)), cause)
  }

  #close(frame: unknown[]): unknown {
    const { keys, results } = this.#recipe
    const services = results.map((slot) => this.#at(slot, frame))
    const values = keys ? record(keys, services) : services
    return this.#kept.length
      ? new Owning(values, this.#owners, this.#own(this.#kept, frame))
      : new Free(values)
  }

  #own(kept: readonly number[], frame: readonly unknown[]): unknown[] {
    return kept.map((i) => {
      const { args, kept } = this.#recipe.steps[i]!
      const service = frame[this.#recipe.seeds.length + i]
      // A factory that hands on what it was given does not own it.
      return kept === 'maybe' && args.some((slot) => this.#at(slot, frame) === service) ? undefined : service
    })
  }

  /**
   * The generated function: one local for each service. V8 shares code, and with it type feedback, between equal
   * sources: the random name keeps the constructor calls of each plan its own.
   */
  #generate(): (...runtime: unknown[]) => Open {
    const { seeds, steps, keys, results, constants } = this.#recipe
    const id = `open_${Math.random().toString(36).slice(2)}`
    const q = seeds.map((_, i) => `q${i}`)
    const v = steps.map((_, i) => `v${i}`)
    const ref = (slot: number): string =>
      slot < 0 ? `c${~slot}` : slot < q.length ? q[slot]! : v[slot - q.length]!
    const bind = (name: string, list: readonly unknown[]): string =>
      list.map((_, i) => `const ${name}${i}=${name}[${i}];`).join('')
    const object = (names: readonly string[] | undefined, slots: readonly number[]): string =>
      names
        ? `{${names.map((name, i) => `${name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)}:${ref(slots[i]!)}`).join()}}`
        : slots.map(ref).join()
    const body = steps.map(({ binding, args }, i) => {
      const call = `${binding.kind === 'class' ? 'new ' : ''}k${i}(${object(binding.keys, args)})`
      const wait = `if(v${i}!=null&&typeof v${i}.then=="function")return p.later(${i},[${[...q, ...v.slice(0, i + 1)]}]);`
      return `v${i}=${call};${binding.kind === 'class' ? '' : wait}at=${i + 1};`
    })
    const owned = this.#kept.map((i) => {
      const { args, kept } = steps[i]!
      return kept === 'maybe' && args.length
        ? `${args.map((slot) => `v${i}===${ref(slot)}`).join('||')}?void 0:v${i}`
        : `v${i}`
    })
    const values = keys ? object(keys, results) : `[${object(undefined, results)}]`
    const result = owned.length ? `new Owning(${values},owners,[${owned}])` : `new Free(${values})`
    const source = `${bind('k', steps)}${bind('c', constants)}return (function ${id}(${q}){let at=0${v.map((name) => `,${name}`).join('')};try{${body.join('')}}catch(e){return p.fail(e,at,[${[...q, ...v]}])}return ${result}})`
    return new Function('k', 'c', 'p', 'owners', 'Free', 'Owning', source) as (...runtime: unknown[]) => Open
  }
}
