/** A recipe made runnable: as one generated function, or by an interpreter where code cannot be generated. */
import type { Binding } from './binding.ts'
import { disposer, Free, isThenable, Lifetime } from './lifetime.ts'
import type { Recipe } from './recipe.ts'
import { abandon, build, Failure, failed } from './store.ts'

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

export class Program {
  readonly #entry: Binding
  readonly #recipe: Recipe
  /** The places of the steps, and of those whose service is kept. */
  readonly #steps: readonly number[]
  readonly #kept: readonly number[]
  readonly #owners: readonly Binding[]
  /** True when something has an end whatever the factories make. */
  readonly #sure: boolean
  readonly #generated: ((...runtime: unknown[]) => Open) | undefined

  readonly #seeds: number

  constructor(entry: Binding, recipe: Recipe, seeds: number, generate: boolean) {
    const places = [...recipe.cells.keys()]
    this.#entry = entry
    this.#recipe = recipe
    this.#seeds = seeds
    this.#steps = places.filter((i) => recipe.cells[i]!.args)
    this.#kept = this.#steps.filter((i) => recipe.cells[i]!.kept !== 'no')
    this.#owners = this.#kept.map((i) => recipe.cells[i]!.binding)
    this.#sure = this.#kept.some((i) => recipe.cells[i]!.kept === 'yes')
    this.#generated = generate ? this.#generate() : undefined
  }

  /** Ready to open. The frame has the constants in their places. */
  start(frame: readonly unknown[]): Open {
    const makers = this.#recipe.cells.map(({ binding }) => binding.make)
    return this.#generated?.(makers, frame, this, this.#owners, Free, Lifetime) ?? this.#interpret(frame)
  }

  /** The rest of the way when step `n` has given a promise. */
  async later(n: number, frame: unknown[]): Promise<unknown> {
    const at = this.#steps[n]!
    try {
      frame[at] = await frame[at]
    } catch (error) {
      return this.fail(error, n, frame)
    }
    return this.run(n + 1, frame)
  }

  /** Step `n` threw: what was built before it is disposed, then the error goes out. */
  fail(error: unknown, n: number, frame: readonly unknown[]): Promise<never> {
    const at = this.#steps[n]!
    const before = this.#kept.filter((i) => i < at)
    const lifetime = new Lifetime(this.#owners.slice(0, before.length), this.#own(before, frame))
    return abandon(lifetime, failed(new Failure(this.#recipe.cells[at]!.binding, error), this.#entry))
  }

  /** Walks the steps from `n` on. */
  run(n: number, frame: unknown[]): unknown {
    const { cells, results } = this.#recipe
    const steps = this.#steps
    try {
      for (; n < steps.length; n++) {
        const at = steps[n]!
        const { binding, args } = cells[at]!
        const built = build(binding, args!, frame)
        frame[at] = built
        if (binding.kind === 'factory' && isThenable(built)) return this.later(n, frame)
      }
    } catch (error) {
      return this.fail(error, n, frame)
    }
    const values = build(this.#entry, results, frame)
    return this.#kept.some((i) => this.#sure || disposer(frame[i]))
      ? new Lifetime(this.#owners, this.#own(this.#kept, frame), values)
      : new Free(values)
  }

  /** The services that have an end. A factory that hands on what it was given does not own it. */
  #own(kept: readonly number[], frame: readonly unknown[]): unknown[] {
    const { cells } = this.#recipe
    return kept.map((i) =>
      cells[i]!.kept === 'maybe' && cells[i]!.args!.some((arg) => frame[arg] === frame[i])
        ? undefined
        : frame[i],
    )
  }

  #interpret(template: readonly unknown[]): Open {
    const seeds = this.#seeds
    // One seed is the rule, and a rest parameter costs an array.
    if (seeds === 1) {
      return (seed) => {
        const frame = template.slice()
        frame[0] = seed
        return this.run(0, frame)
      }
    }
    return (...given) => {
      const frame = template.slice()
      for (let i = 0; i < seeds; i++) frame[i] = given[i]
      return this.run(0, frame)
    }
  }

  /**
   * The generated function: one local for each place. V8 shares code, and with it type feedback, between equal sources:
   * the random name keeps the constructor calls of each plan its own.
   */
  #generate(): (...runtime: unknown[]) => Open {
    const { cells, results } = this.#recipe
    const entry = this.#entry
    const all = [...cells.keys()]
    const locals = (places: readonly number[], prefix = 'x'): string => places.map((i) => prefix + i).join()
    const list = ({ keys }: Binding, places: readonly number[]): string =>
      keys ? `{${keys.map((key, i) => `${JSON.stringify(key)}:x${places[i]}`)}}` : locals(places)
    const frame = `[${locals(all)}]`
    const body = this.#steps.map((at, n) => {
      const { binding, args } = cells[at]!
      const made = list(binding, args!)
      return binding.kind === 'all'
        ? `x${at}=[${made}];`
        : binding.kind === 'class'
          ? `n=${n};x${at}=new k${at}(${made});`
          : `n=${n};x${at}=k${at}(${made});if(typeof x${at}?.then=="function")return p.later(n,${frame});`
    })
    const owned = this.#kept.map((i) => {
      const { args, kept } = cells[i]!
      return kept === 'maybe' && args!.length
        ? `${args!.map((arg) => `x${i}===x${arg}`).join('||')}?void 0:x${i}`
        : `x${i}`
    })
    const ends = this.#kept.map((i) => `x${i}!=null&&(x${i}[A]||x${i}[D])`).join('||')
    const free = this.#sure ? '' : `if(!(${ends || 0}))return new Free(v);`
    const values = entry.keys ? list(entry, results) : `[${list(entry, results)}]`
    const constants = all.filter((i) => i >= this.#seeds && !cells[i]!.args)
    const bound = [...this.#steps.map((i) => `k${i}=k[${i}]`), ...constants.map((i) => `x${i}=c[${i}]`)]
    return new Function(
      'k',
      'c',
      'p',
      'o',
      'Free',
      'Lifetime',
      `const ${['A=Symbol.asyncDispose,D=Symbol.dispose', ...bound].join()};return (function open_${Math.random().toString(36).slice(2)}(${locals(all.slice(0, this.#seeds))}){let n=0${this.#steps.map((i) => `,x${i}`).join('')};try{${body.join('')}}catch(e){return p.fail(e,n,${frame})}const v=${values};${free}return new Lifetime(o,[${owned}],v)})`,
    ) as (...runtime: unknown[]) => Open
  }
}
