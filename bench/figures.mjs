// What every bench counts with.
import { parseArgs } from 'node:util'

/** When the bench began: what had to be installed or built before does not count. */
export const began = performance.now()

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

/** The options of a bench, as numbers where their default is one; `--quick` takes the second of two defaults. */
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

/** Counts rounds; a quick run begins none that would end after its 100 seconds, and has at least one. */
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

/** The list in another order in each round: who comes first must not always be the same. */
export const rotated = (list, round) => [
  ...list.slice(round % list.length),
  ...list.slice(0, round % list.length),
]
