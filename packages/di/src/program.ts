/** What one opening of an entry point takes, as a straight line: no lookup, no recursion, no decision is left. */
import { type Binding, isUnset, UNSET } from './binding.ts'
import { type GraphIssue, noSeed } from './graph-issues.ts'
import { abandon, disposer, ending, isThenable, Lifetime, NothingToDispose } from './lifetime.ts'
import { call, Failure, failed } from './store.ts'

/** Opens an entry point: seeds in, services out. */
export type Open = (...seeds: unknown[]) => unknown

/** The services of one opening: first the seeds, then what is needed in order of construction. */
type Frame = unknown[]

/** Reads one place of a frame; what is not there yet is built. */
type Read = (frame: Frame) => unknown

/** Thrown when a factory has given a promise: it stands in the frame, behind it nothing is built yet. */
const SUSPENDED = Symbol()

/** One place of a frame: a seed, a constant (the same for every opening), or what a step builds. */
interface Cell {
  readonly binding: Binding
  /** The places of what it is built from; undefined unless it is a step. */
  readonly args?: readonly number[]
}

/** The straight line of one entry point. */
export interface Program {
  /** Seeds that are needed and not given. */
  readonly issues: readonly GraphIssue[]
  /** A handle to something short-lived builds by need: a straight line cannot. */
  readonly byNeed: boolean
  /** Whether two openings can differ. */
  readonly scoped: boolean
  /** Whether a factory on the way is an async function. */
  readonly async: boolean
  /** For each place of the frame the binding that is the same for every opening, if it is. */
  readonly constants: readonly (Binding | undefined)[]
  /** Makes the line a function. The frame has the constants in their places. */
  start(frame: readonly unknown[]): Open
}

/** Whether this process may make functions from strings. */
export function canGenerate(): boolean {
  try {
    return !!new Function()
  } catch {
    return false
  }
}

/** Works out the straight line of a linked entry point that is given `seeds`. */
export function compile(entry: Binding, seeds: readonly Binding[], generate: boolean): Program {
  const cells: Cell[] = seeds.map((binding) => ({ binding }))
  const places = new Map<unknown, number>(seeds.map(({ token }, i) => [token, i]))
  const faults: GraphIssue[] = []
  let byNeed = false

  const place = (binding: Binding, from: readonly Binding[]): number => {
    const { kind, scope, token, make, reach } = binding
    const key = kind === 'seed' ? token : binding
    const given = places.get(key)
    if (given !== undefined) return given
    const route = [...from, binding]
    if (kind === 'seed' && !make) faults.push(() => noSeed(route))
    if (kind === 'lazy' && reach[0]!.scope !== 'singleton') {
      byNeed = true
      // What it builds later needs its seeds as well.
      if (!from.includes(reach[0]!)) place(reach[0]!, route)
    }
    // A cycle is reported by linking: here it only must not run for ever.
    const constant = scope === 'singleton' || kind === 'seed' || kind === 'lazy' || from.includes(binding)
    const cell = constant ? { binding } : { binding, args: reach.map((edge) => place(edge, route)) }
    const at = cells.push(cell) - 1
    if (scope !== 'transient') places.set(key, at)
    return at
  }

  const results = entry.edges.map((edge) => place(edge, [entry]))
  const steps = [...cells.keys()].filter((at) => cells[at]!.args)
  const kept = steps.filter((at) => ending(cells[at]!.binding))
  const sure = kept.some((at) => ending(cells[at]!.binding) === true)

  /** What was built before a place, as far as it has an end. */
  const keep = (frame: Frame, before: number, values?: unknown): Lifetime => {
    const lifetime = new Lifetime(values)
    for (const at of kept) {
      const { binding, args } = cells[at]!
      if (at < before)
        lifetime.adopt(
          binding,
          frame[at],
          args!.map((arg) => frame[arg]),
        )
    }
    return lifetime
  }
  const done = (values: unknown, frame: Frame): unknown =>
    sure || kept.some((at) => disposer(frame[at]))
      ? keep(frame, frame.length, values)
      : new NothingToDispose(values)
  /** The next step of a frame threw: what was built before it is disposed, then the error goes out. */
  const fail = (error: unknown, frame: Frame): unknown => {
    const at = steps.find((at) => frame[at] === UNSET)!
    return abandon(keep(frame, at), failed(new Failure(cells[at]!.binding, error), entry))
  }

  const reads: Read[] = []
  for (const [at, { binding, args }] of cells.entries())
    reads.push(
      args
        ? step(
            at,
            binding,
            making(
              binding,
              args.map((arg) => reads[arg]!),
            ),
          )
        : (frame) => frame[at],
    )
  const give = making(
    entry,
    results.map((at) => reads[at]!),
  )
  /** Builds what a frame does not have yet. A closure over constants: that V8 inlines whole. */
  const run = (frame: Frame): unknown => {
    let values: unknown
    try {
      values = give(frame)
    } catch (error) {
      return error === SUSPENDED ? later(frame) : fail(error, frame)
    }
    return kept.length ? done(values, frame) : new NothingToDispose(values)
  }
  /** The rest of the way when the last service of a frame is a promise. */
  const later = async (frame: Frame): Promise<unknown> => {
    const at = steps.findLast((at) => frame[at] !== UNSET)!
    try {
      frame[at] = await frame[at]
    } catch (error) {
      frame[at] = UNSET
      return fail(error, frame)
    }
    return run(frame)
  }

  /**
   * The same as one generated function, a local for each place. V8 shares code, and with it type feedback, between equal
   * sources: the random name keeps the constructor calls of each plan its own.
   */
  const generated = (): ((...runtime: unknown[]) => Open) => {
    const list = (places: readonly number[]): string => places.map((at) => `x${at}`).join()
    const given = ({ keys }: Binding, places: readonly number[]): string =>
      keys ? `{${keys.map((key, i) => `${JSON.stringify(key)}:x${places[i]}`)}}` : list(places)
    const frame = `[${list([...cells.keys()])}]`
    const body = steps.map((at) => {
      const { binding, args } = cells[at]!
      const services = given(binding, args!)
      return `x${at}=${
        binding.kind === 'factory'
          ? `k${at}(${services});if(typeof x${at}?.then=="function")return later(${frame})`
          : binding.kind === 'class'
            ? `new k${at}(${services})`
            : `[${services}]`
      };`
    })
    const bound = [...cells.keys()]
      .slice(seeds.length)
      .map((at) => (cells[at]!.args ? `k${at}=k[${at}].binding.make` : `x${at}=c[${at}]`))
    const locals = ['_', ...steps.map((at) => `x${at}=U`)]
    const values = entry.keys ? given(entry, results) : `[${list(results)}]`
    const ends = sure || kept.map((at) => `x${at}!=null&&(x${at}[A]||x${at}[D])`).join('||') || false
    return new Function(
      ...'k,c,later,fail,keep,Free,U'.split(','),
      `const ${['A=Symbol.asyncDispose,D=Symbol.dispose', ...bound]};return(function open_${Math.random().toString(36).slice(2)}(${list([...seeds.keys()])}){let ${locals};try{${body.join('')}}catch(e){return fail(e,${frame})}return ${ends}?keep(${frame},1/0,${values}):new Free(${values})})`,
    ) as never
  }
  const make = generate && !byNeed ? generated() : undefined

  return {
    issues: faults,
    byNeed,
    scoped: byNeed || steps.length > 0 || results.some((at) => at < seeds.length),
    async: steps.some(
      (at) => Object.prototype.toString.call(cells[at]!.binding.make) === '[object AsyncFunction]',
    ),
    constants: cells.map(({ binding, args }, at) =>
      args || at < seeds.length || (byNeed && (binding.needs || binding.scope === 'transient'))
        ? undefined
        : binding,
    ),
    start: (constants) => {
      if (make) return make(cells, constants, later, fail, keep, NothingToDispose, UNSET)
      const count = seeds.length
      const template = cells.map(({ args }, at) => (args ? UNSET : constants[at]))
      return count === 1
        ? // The rule, and a rest parameter costs an array.
          (seed) => {
            const frame = template.slice()
            frame[0] = seed
            return run(frame)
          }
        : (...given) => run([...given, ...template.slice(count)])
    },
  }
}

/** One step: builds its service once for each frame. */
function step(at: number, { kind }: Binding, make: Read): Read {
  return (frame) => {
    const known = frame[at]
    if (!isUnset(known)) return known
    const made = make(frame)
    frame[at] = made
    if (kind === 'factory' && isThenable(made)) throw SUSPENDED
    return made
  }
}

/** How a service is made of a frame: one or two parameters are not worth an array. */
function making(binding: Binding, reads: readonly Read[]): Read {
  const { kind, keys } = binding
  // biome-ignore lint/suspicious/noExplicitAny: what a provider takes was checked where it was written
  const maker = binding.make as any
  const [a, b] = reads as [Read, Read]
  const two = reads.length === 2
  if (!keys && (two || reads.length === 1)) {
    if (kind === 'class')
      return two ? (frame) => new maker(a(frame), b(frame)) : (frame) => new maker(a(frame))
    if (kind === 'factory') return two ? (frame) => maker(a(frame), b(frame)) : (frame) => maker(a(frame))
    return two ? (frame) => [a(frame), b(frame)] : (frame) => [a(frame)]
  }
  if (keys) {
    const blank: Record<string, unknown> = Object.fromEntries(keys.map((key) => [key, undefined]))
    const record: Read = (frame) => {
      const services = { ...blank }
      for (let i = 0; i < keys.length; i++) services[keys[i]!] = reads[i]!(frame)
      return services
    }
    return kind === 'entry' ? record : (frame) => maker(record(frame))
  }
  return (frame) =>
    call(
      binding,
      reads.map((read) => read(frame)),
    )
}
