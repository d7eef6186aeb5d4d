/** Interpretation: an entry point as closures, for processes that do not allow code from strings. */
import { type Binding, isUnset, UNSET } from '../graph/binding.ts'
import { call } from '../scopes/construction.ts'
import { NothingToDispose } from '../scopes/lifetime.ts'
import { isThenable } from '../scopes/run-steps.ts'
import type { Frame } from './layout.ts'
import type { Open, Openings } from './opening.ts'

/** Reads one place of a frame. A service that is missing is built. */
type Read = (frame: Frame) => unknown

/** Thrown when a factory has returned a promise: it is in the frame, and nothing after it is built. */
const SUSPENDED = Symbol('suspended')

/** Returns the function that opens an entry point. `constants` are the services that all openings share, by place. */
export function interpret(openings: Openings, constants: readonly unknown[]): Open {
  const { cells, entry, results, seedCount } = openings.layout
  const reads: Read[] = []
  for (const [at, { binding, args }] of cells.entries())
    reads.push(
      args
        ? step(
            at,
            binding,
            maker(
              binding,
              args.map((arg) => reads[arg]!),
            ),
          )
        : (frame) => frame[at],
    )
  const valuesOf = maker(
    entry,
    results.map((at) => reads[at]!),
  )
  const mayEnd = openings.ending.length > 0
  // A closure over constants: V8 inlines all of it.
  const run = (frame: Frame): unknown => {
    let values: unknown
    try {
      values = valuesOf(frame)
    } catch (error) {
      return error === SUSPENDED ? openings.complete(frame) : openings.fail(error, frame)
    }
    return mayEnd && openings.hasEnd(frame) ? openings.keep(frame, values) : new NothingToDispose(values)
  }
  const template = cells.map(({ args }, at) => (args ? UNSET : constants[at]))
  return seedCount === 1
    ? // The usual case. A rest parameter would allocate an array.
      (seed) => {
        const frame = template.slice()
        frame[0] = seed
        return run(frame)
      }
    : (...seeds) => {
        // As many as there are places for: the parameters of the generated function are no more, and need not be given.
        const frame = template.slice()
        for (let at = 0; at < seedCount; at++) frame[at] = seeds[at]
        return run(frame)
      }
}

/** Returns the read of a step: its service is built once for each frame. */
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

/** Returns the function that makes a service of a frame. One or two parameters do without an array. */
function maker(binding: Binding, reads: readonly Read[]): Read {
  const { kind, keys } = binding
  // biome-ignore lint/suspicious/noExplicitAny: the arguments of a provider are checked where it is written
  const make = binding.run as any
  const [a, b] = reads as [Read, Read]
  if (keys) {
    const blank: Record<string, unknown> = Object.fromEntries(keys.map((key) => [key, undefined]))
    const record: Read = (frame) => {
      const services = { ...blank }
      for (let i = 0; i < keys.length; i++) services[keys[i]!] = reads[i]!(frame)
      return services
    }
    if (kind === 'entry') return record
    return kind === 'class' ? (frame) => new make(record(frame)) : (frame) => make(record(frame))
  }
  if (reads.length === 1) {
    if (kind === 'class') return (frame) => new make(a(frame))
    return kind === 'factory' ? (frame) => make(a(frame)) : (frame) => [a(frame)]
  }
  if (reads.length === 2) {
    if (kind === 'class') return (frame) => new make(a(frame), b(frame))
    return kind === 'factory' ? (frame) => make(a(frame), b(frame)) : (frame) => [a(frame), b(frame)]
  }
  return (frame) =>
    call(
      binding,
      reads.map((read) => read(frame)),
    )
}
