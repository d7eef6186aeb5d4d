// The seed: a schedule as text, from which it can be run again.

import { OptionError } from '../../runtime/duration.ts'
import type { Departure } from './schedule/state.ts'

/** The parts of a schedule that do not come from the application. */
export interface Seed {
  readonly faults: number
  readonly turns: number
  readonly departures: readonly Departure[]
  /** The hooks that return a promise, and whether it is pending then. They decide which moves are possible. */
  readonly hooks: ReadonlyArray<readonly [name: string, waits: boolean]>
}

const PREFIX = 'p1.'

/** Returns a seed as text. */
export function formatSeed({ faults, turns, departures, hooks }: Seed): string {
  const names = hooks.map(([name, waits]) => (waits ? `+${name}` : name))
  const data = [faults, turns, names.join('|'), ...departures.map(({ step, id }) => [step, id])]
  return PREFIX + Buffer.from(JSON.stringify(data)).toString('base64url')
}

/** Reads a seed. @throws OptionError if it is none */
export function parseSeed(text: string): Seed {
  try {
    if (!text.startsWith(PREFIX)) throw invalid(text)
    const [faults, turns, names, ...steps] = JSON.parse(
      Buffer.from(text.slice(PREFIX.length), 'base64url').toString(),
    ) as [number, number, string, ...Array<[number, string]>]
    if (!Number.isInteger(faults) || !Number.isInteger(turns)) throw invalid(text)
    const hooks = names.split('|').map((name) => [name.replace(/^\+/, ''), name.startsWith('+')] as const)
    return { faults, turns, hooks, departures: steps.map(([step, id]) => ({ step, id: String(id) })) }
  } catch {
    throw invalid(text)
  }
}

function invalid(text: string): OptionError {
  return new OptionError(
    'MYFY_PROVE_SEED',
    `Cannot replay '${text.slice(0, 40)}': it is not a seed. Copy the whole seed from the report, which begins with ${PREFIX}.`,
  )
}
