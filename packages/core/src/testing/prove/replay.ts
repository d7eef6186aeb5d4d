// The replay of one schedule from its seed.

import { StateError } from '../../errors.ts'
import { assertKnownOptions } from '../../runtime/known-options.ts'
import { explore } from './exploration.ts'
import { Knowledge } from './schedule/choice.ts'
import { type CreateApplication, Schedule } from './schedule/schedule.ts'
import type { Problem } from './schedule/world-state.ts'
import { parseSeed, type Seed } from './seed.ts'
import { tellStory } from './story.ts'

/** The result of a replay. */
export interface Replay {
  /** The problems of the schedule; empty if it has none. */
  readonly problems: readonly string[]
  /** The events and choices of the schedule, one line each. */
  readonly story: readonly string[]
  /** Each move, in order: two replays of a seed make the same moves. */
  readonly moves: readonly string[]
}

/** Options of {@link replay}. */
export interface ReplayOptions {
  /** The environment variables of the application. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * True to leave out what is not possible any more, rather than to refuse the seed: a test that was written for a problem
   * passes once the application makes its schedule impossible. Default: false.
   */
  readonly adapt?: boolean
}

/**
 * Runs the schedule of a seed again, as often and as slowly as wanted: time passes only where the schedule says so, also
 * at a breakpoint.
 *
 * @throws OptionError for a text that is not a seed; StateError if the application has changed so that the schedule does
 * not exist any more
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { prove, replay } from '@myfy/core/testing'
 *
 * const createApp = () => new Application()
 * for (const { seed } of (await prove(createApp)).problems) {
 *   const { story } = await replay(createApp, seed)
 *   console.log(story.join('\n'))
 * }
 * ```
 */
export async function replay(
  create: CreateApplication,
  seed: string,
  options: ReplayOptions = {},
): Promise<Replay> {
  assertKnownOptions('replay()', options, { env: true, adapt: 'boolean' })
  const { env = {}, adapt = false } = options
  const schedule = await runSeed(create, parseSeed(seed), env, adapt)
  return {
    problems: textsOf(schedule.world.problems),
    story: tellStory(schedule),
    moves: schedule.state.moves.map(({ id }) => id),
  }
}

/** Returns the texts of problems. */
export function textsOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ text }) => text)
}

/** Runs a schedule, with stacks of errors. */
export async function runSeed(
  create: CreateApplication,
  { faults, turns, departures, hooks }: Seed,
  env: Readonly<Record<string, string | undefined>>,
  adapt = false,
): Promise<Schedule> {
  const chosen = new Map(departures.map(({ step, id }) => [step, id]))
  const work = async (use: (schedule: Schedule) => void) => {
    const known = new Knowledge(hooks)
    // A seed may contain a step that takes long before anything has read the time.
    known.learnReadsTime()
    const schedule = new Schedule(known, { faults, turns, env })
    let missing: string | undefined
    use(schedule)
    await schedule.run(create, (enabled, step) => {
      const id = chosen.get(step)
      if (id === undefined) return enabled[0]
      const found = enabled.find((choice) => choice.id === id)
      if (!found && adapt) return enabled[0]
      if (!found) missing ??= id
      return found
    })
    if (missing !== undefined) throw changed(missing)
    return schedule
  }
  return explore(work, { keepStacks: true })
}

function changed(id: string): StateError {
  return new StateError(
    'MYFY_PROVE_CHANGED',
    `Cannot replay the schedule: '${id}' does not happen where it did. Run prove again: the application has changed, or does not do the same in each run.`,
  )
}
