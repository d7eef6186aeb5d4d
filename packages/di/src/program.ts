/** A recipe made runnable: as one generated function, or by closures where code cannot be generated. */
import { type Binding, isUnset, UNSET } from './binding.ts'
import { disposer, Free, isThenable, kept, Lent, Lifetime } from './lifetime.ts'
import type { Recipe } from './recipe.ts'
import { abandon, call, Failure, failed } from './store.ts'

/** Opens an entry point: seeds in, services out. */
export type Open = (...seeds: unknown[]) => unknown

/** Reads one place of a frame; what is not there yet is built. */
type Read = (frame: unknown[]) => unknown

/** Thrown when a factory has given a promise: it stands in the frame, behind it nothing is built yet. */
const SUSPENDED = Symbol()

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
  readonly #seeds: number
  /** The places of the steps, and of those whose service is kept. */
  readonly #steps: readonly number[]
  readonly #kept: readonly number[]
  readonly #owners: readonly Binding[]
  /** True when something has an end whatever the factories make. */
  readonly #sure: boolean
  readonly #generated: ((...runtime: unknown[]) => Open) | undefined
  /** Builds what a frame does not have yet. A closure over constants: that V8 inlines whole, a method it does not. */
  readonly #run: Read

  constructor(entry: Binding, recipe: Recipe, seeds: number, generate: boolean) {
    const { cells, results } = recipe
    this.#entry = entry
    this.#recipe = recipe
    this.#seeds = seeds
    this.#steps = [...cells.keys()].filter((i) => cells[i]!.args)
    this.#kept = this.#steps.filter((i) => cells[i]!.kept !== 'no')
    this.#owners = this.#kept.map((i) => cells[i]!.binding)
    this.#sure = this.#kept.some((i) => cells[i]!.kept === 'yes' || cells[i]!.binding.options?.settle)
    this.#generated = generate ? this.#generate() : undefined
    const reads: Read[] = []
    for (const [at, { binding, args }] of cells.entries())
      reads.push(
        args
          ? step(
              at,
              binding,
              making(
                binding,
                args.map((i) => reads[i]!),
              ),
            )
          : (frame) => frame[at],
      )
    const give = making(
      entry,
      results.map((i) => reads[i]!),
    )
    const free = !this.#kept.length
    this.#run = (frame) => {
      let values: unknown
      try {
        values = give(frame)
      } catch (error) {
        return error === SUSPENDED ? this.later(frame) : this.fail(error, frame)
      }
      return free ? new Free(values) : this.#opened(values, frame)
    }
  }

  /** Ready to open. The frame has the constants in their places. */
  start(frame: readonly unknown[]): Open {
    const { cells } = this.#recipe
    if (this.#generated) {
      const makers = cells.map(({ binding }) => binding.make)
      return this.#generated(makers, frame, this, this.#owners, UNSET, Free, Lifetime, Lent)
    }
    const seeds = this.#seeds
    const run = this.#run
    const template = cells.map(({ args }, i) => (args ? UNSET : frame[i]))
    return seeds === 1
      ? // The rule, and a rest parameter costs an array.
        (seed) => {
          const frame = template.slice()
          frame[0] = seed
          return run(frame)
        }
      : (...given) => {
          const frame = template.slice()
          for (let i = 0; i < seeds; i++) frame[i] = given[i]
          return run(frame)
        }
  }

  /** The rest of the way when the last service of a frame is a promise. */
  async later(frame: unknown[]): Promise<unknown> {
    const at = this.#steps.findLast((i) => frame[i] !== UNSET)!
    try {
      frame[at] = await frame[at]
    } catch (error) {
      frame[at] = UNSET
      return this.fail(error, frame)
    }
    return this.#run(frame)
  }

  /** The next step of a frame threw: what was built before it is disposed, then the error goes out. */
  fail(error: unknown, frame: readonly unknown[]): Promise<never> {
    const at = this.#steps.find((i) => frame[i] === UNSET)!
    const before = this.#kept.filter((i) => i < at)
    const lifetime = new Lifetime(this.#owners.slice(0, before.length), this.#own(before, frame))
    return abandon(lifetime, failed(new Failure(this.#recipe.cells[at]!.binding, error), this.#entry))
  }

  #opened(values: unknown, frame: readonly unknown[]): unknown {
    return this.#sure || this.#kept.some((i) => disposer(frame[i]))
      ? new Lifetime(this.#owners, this.#own(this.#kept, frame), values)
      : new Free(values)
  }

  #own(places: readonly number[], frame: readonly unknown[]): unknown[] {
    const { cells } = this.#recipe
    return places.map((i) =>
      kept(
        cells[i]!.binding,
        frame[i],
        cells[i]!.args!.map((arg) => frame[arg]),
      ),
    )
  }

  /**
   * The generated function: one local for each place. V8 shares code, and with it type feedback, between equal sources:
   * the random name keeps the constructor calls of each plan its own.
   */
  #generate(): (...runtime: unknown[]) => Open {
    const { cells, results } = this.#recipe
    const all = [...cells.keys()]
    const locals = (places: readonly number[]): string => places.map((i) => `x${i}`).join()
    const list = ({ keys }: Binding, places: readonly number[]): string =>
      keys ? `{${keys.map((key, i) => `${JSON.stringify(key)}:x${places[i]}`)}}` : locals(places)
    const array = (binding: Binding, places: readonly number[]): string =>
      binding.keys ? list(binding, places) : `[${locals(places)}]`
    const frame = `[${locals(all)}]`
    const body = this.#steps.map((at) => {
      const { binding, args } = cells[at]!
      const made = list(binding, args!)
      return `x${at}=${binding.kind === 'all' ? `[${made}]` : binding.kind === 'class' ? `new k${at}(${made})` : `k${at}(${made});if(typeof x${at}?.then=="function")return p.later(${frame})`};`
    })
    const owned = this.#kept.map((i) => {
      const { args, kept } = cells[i]!
      return kept === 'maybe' && args!.length
        ? `${args!.map((arg) => `x${i}===x${arg}`).join('||')}?new Lent(x${i}):x${i}`
        : `x${i}`
    })
    const ends = this.#kept.map((i) => `x${i}!=null&&(x${i}[A]||x${i}[D])`).join('||')
    const bound = all.slice(this.#seeds).map((i) => (cells[i]!.args ? `k${i}=k[${i}]` : `x${i}=c[${i}]`))
    return new Function(
      ...'k,c,p,o,U,Free,Lifetime,Lent'.split(','),
      `const ${['A=Symbol.asyncDispose,D=Symbol.dispose', ...bound]};return(function open_${Math.random().toString(36).slice(2)}(${locals(all.slice(0, this.#seeds))}){let ${['v', ...this.#steps.map((i) => `x${i}=U`)]};try{${body.join('')}}catch(e){return p.fail(e,${frame})}v=${array(this.#entry, results)};${this.#sure ? '' : `if(!(${ends || 0}))return new Free(v);`}return new Lifetime(o,[${owned}],v)})`,
    ) as (...runtime: unknown[]) => Open
  }
}

/** One step: builds its service once for each frame. */
function step(at: number, { kind }: Binding, make: Read): Read {
  if (kind !== 'factory') {
    return (frame) => {
      if (isUnset(frame[at])) frame[at] = make(frame)
      return frame[at]
    }
  }
  return (frame) => {
    const known = frame[at]
    if (!isUnset(known)) return known
    const made = make(frame)
    frame[at] = made
    if (isThenable(made)) throw SUSPENDED
    return made
  }
}

/** How a service is made of a frame: one or two parameters are not worth an array. */
function making(binding: Binding, reads: readonly Read[]): Read {
  const { kind, keys } = binding
  // biome-ignore lint/suspicious/noExplicitAny: what a provider takes was checked where it was written
  const maker = binding.make as any
  const [a, b] = reads as [Read, Read]
  const one = keys ? record(keys, reads) : reads.length === 1 && a
  if (kind === 'class') {
    if (one) return (frame) => new maker(one(frame))
    if (reads.length === 2) return (frame) => new maker(a(frame), b(frame))
  } else if (kind === 'factory') {
    if (one) return (frame) => maker(one(frame))
    if (reads.length === 2) return (frame) => maker(a(frame), b(frame))
  } else if (one) {
    return keys ? one : (frame) => [one(frame)]
  }
  return (frame) =>
    call(
      binding,
      reads.map((read) => read(frame)),
    )
}

const record =
  (keys: readonly string[], reads: readonly Read[]): Read =>
  (frame) => {
    const services: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) services[keys[i]!] = reads[i]!(frame)
    return services
  }
