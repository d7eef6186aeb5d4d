// Options, rounds and statistics that the benchmarks share.
import { parseArgs } from 'node:util'

/** The start of the benchmark, after installation and build. */
export const began = performance.now()

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

/** Parses the options of a benchmark. A default that is a number makes the option a number; `--quick` selects the second of two defaults. */
export function options(defaults) {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }])),
    },
  })
  const chosen = Object.entries(defaults).map(([name, value]) => {
    const [full, quick] = Array.isArray(value) ? value : [value, value]
    const fallback = values.quick ? quick : full
    return [
      name,
      values[name] === undefined ? fallback : Number.isFinite(full) ? Number(values[name]) : values[name],
    ]
  })
  return { quick: values.quick, ...Object.fromEntries(chosen) }
}

/** Counts rounds. A quick run has at least one round and starts none that would end after 100 seconds. */
export function* rounds(count, quick) {
  let longest = 0
  for (let round = 0; round < count; round++) {
    const start = performance.now()
    if (quick && round > 0 && start - began + longest > 100_000) {
      process.stderr.write(`time is up after ${round} of ${count} rounds\n`)
      return
    }
    yield round
    longest = Math.max(longest, performance.now() - start)
    process.stderr.write(`round ${round + 1} of ${count}\n`)
  }
}

/** Rotates the list in each round, so that a different peer is first. */
export const rotated = (list, round) => [
  ...list.slice(round % list.length),
  ...list.slice(0, round % list.length),
]
