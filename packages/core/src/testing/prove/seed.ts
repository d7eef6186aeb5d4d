// The seed: a schedule as text, from which it can be run again.

import { OptionError } from '../../runtime/duration.ts'
import type { Departure } from './schedule/state.ts'

/** The parts of a schedule that do not come from the application. */
export interface Seed {
  readonly faults: number
  readonly turns: number
  readonly departures: readonly Departure[]
}

const PREFIX = 'p1.'

/** Returns a seed as text. */
export function formatSeed({ faults, turns, departures }: Seed): string {
  const data = [faults, turns, ...departures.map(({ step, id }) => [step, id])]
  return PREFIX + Buffer.from(JSON.stringify(data)).toString('base64url')
}

/** Reads a seed. @throws OptionError if it is none */
export function parseSeed(text: string): Seed {
  try {
    if (!text.startsWith(PREFIX)) throw invalid(text)
    const [faults, turns, ...steps] = JSON.parse(
      Buffer.from(text.slice(PREFIX.length), 'base64url').toString(),
    ) as [number, number, ...Array<[number, string]>]
    if (!Number.isInteger(faults) || !Number.isInteger(turns)) throw invalid(text)
    return { faults, turns, departures: steps.map(([step, id]) => ({ step, id: String(id) })) }
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
