// `prove`: an application runs in every order in which things can happen.

import { MyfyError } from '@myfy/di'
import { assertKnownOptions, type OptionNames } from '../../runtime/known-options.ts'
import { adviceOn } from './advice.ts'
import { deepen } from './deepen.ts'
import { explore } from './exploration.ts'
import { runSeed, textsOf } from './replay.ts'
import type { CreateApplication } from './schedule/schedule.ts'
import { real } from './schedule/virtual-globals.ts'
import { compareLengths, type Finding, Search } from './search.ts'
import { formatSeed } from './seed.ts'
import { tellStory } from './story.ts'

/** Options of {@link prove}. */
export interface ProveOptions {
  /** The number of faults in one schedule: hooks and steps that fail or hang. Default: 1. */
  readonly faults?: number
  /**
   * The number of times that time passes although something else could happen, such as turns of a periodic task. Default: 3,
   * and up to 12 for an application that is explored quickly.
   */
  readonly turns?: number
  /** The largest number of schedules. Default: 20,000. */
  readonly schedules?: number
  /** The largest real time, in ms. Default: 30,000. */
  readonly time?: number
  /** The environment variables of the application. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** True to explore everything although a problem was found. Default: false. */
  readonly keepGoing?: boolean
  /** False to explore every order, also of moves that cannot affect each other. Default: true. */
  readonly reduce?: boolean
}

const optionNames: OptionNames<ProveOptions> = {
  faults: true,
  turns: true,
  schedules: true,
  time: true,
  env: true,
  keepGoing: 'boolean',
  reduce: 'boolean',
}

/** A problem of an application, with the shortest schedule that leads to it. */
export interface ProvedProblem {
  /** The rule that is broken: `before start`, `after stop`, `once`, `order`, `lost`, `leak`, `budget`, `invariant` … */
  readonly rule: string
  /** The description of the problem. */
  readonly text: string
  /** The schedule as text, for {@link replay}. */
  readonly seed: string
  /** The events and choices of the schedule, one line each. */
  readonly story: readonly string[]
  /** The way to solve it; undefined where only the application can tell, as for an invariant. */
  readonly advice: string | undefined
}

/** The result of {@link prove}. */
export interface Proof {
  /** The number of schedules that were explored. */
  readonly explored: number
  /** The number of schedules that are known to exist and were not explored. There may be more behind them. */
  readonly left: number
  /** The number of random schedules that were explored in addition, because too many are left. */
  readonly random: number
  /** True if every schedule within the limits was explored. */
  readonly isComplete: boolean
  /** The problems, the one with the shortest schedule first. */
  readonly problems: readonly ProvedProblem[]
  /** The extent of the exploration: `all 312 interleavings`, or `5,000 of at least 9,120 interleavings`. */
  readonly scope: string
  /** The result for people. */
  readonly text: string
  /** Throws if there is a problem. @throws MyfyError with the code `MYFY_PROVE_PROBLEM` */
  assert(): void
}

/**
 * Runs an application in every order in which things can happen: hooks that run side by side begin and end in each order,
 * the signal arrives at each point, each hook fails and hangs. Time is virtual. In each schedule the contract of the
 * lifecycle must hold, and the invariants of the user.
 *
 * @param create - creates a new application, with new modules, in each call
 * @example
 * ```ts
 * import { Application, defineModule } from '@myfy/core'
 * import { prove } from '@myfy/core/testing'
 *
 * const proof = await prove((world) => {
 *   let open = 0
 *   world.invariant('everything is closed at the end', () => !world.ended || open === 0)
 *   const data = defineModule({
 *     name: 'data',
 *     async start({ defer, signal }) {
 *       await world.step('connect', signal)
 *       open++
 *       defer(() => open--)
 *     },
 *   })
 *   return new Application({ modules: [data] })
 * })
 * proof.assert()
 * ```
 */
export async function prove(create: CreateApplication, options: ProveOptions = {}): Promise<Proof> {
  assertKnownOptions('prove()', options, optionNames)
  const { faults = 1, turns, env = {}, schedules = 20_000, time = 30_000 } = options
  const { reduce = true, keepGoing = false } = options
  const began = real.now()
  const isOver = (part: number) => real.now() - began > time * part
  const found = await explore((use) => {
    const shared = { reduce, keepGoing, isOver, use }
    const run = async (turns: number, schedules: number) => {
      const search = new Search(create, { ...shared, limits: { faults, turns, env }, schedules })
      await search.run()
      return { search, turns }
    }
    return turns === undefined ? deepen(run, schedules) : run(turns, schedules)
  })
  const { search } = found
  const problems: ProvedProblem[] = []
  for (const { problem, departures } of sorted(search.findings.values())) {
    const seed = { faults, turns: found.turns, departures, hooks: search.known.hooks }
    const schedule = await runSeed(create, seed, env)
    const { rule, text } = problem
    if (!textsOf(schedule.world.problems).includes(text)) throw unstable(text)
    problems.push({ rule, text, seed: formatSeed(seed), story: tellStory(schedule), advice: adviceOn(rule) })
  }
  return proofOf(search, problems)
}

function proofOf({ explored, left, random }: Search, problems: readonly ProvedProblem[]): Proof {
  const isComplete = left === 0
  const text = report(scopeOf(explored, left, random), problems)
  return {
    explored,
    left,
    random,
    isComplete,
    problems,
    scope: scopeOf(explored, left, random),
    text,
    assert() {
      const [first] = problems
      if (!first) return
      throw new MyfyError(
        'MYFY_PROVE_PROBLEM',
        `Cannot prove the application: ${first.text}. Correct it; replay(createApp, '${first.seed}') runs the schedule again.\n\n${first.story.join('\n')}\n\n(${scopeOf(explored, left, random)})`,
      )
    },
  }
}

function sorted(findings: Iterable<Finding>): readonly Finding[] {
  return [...findings].sort((a, b) => compareLengths(a.length, b.length))
}

function report(scope: string, problems: readonly ProvedProblem[]): string {
  const [first, ...others] = problems
  if (!first) return `no problem in ${scope}`
  const more = others.map(({ text }) => `also: ${text}`)
  const advice = first.advice === undefined ? [] : [first.advice]
  return [
    first.text,
    '',
    ...first.story,
    '',
    ...advice,
    ...more,
    `seed ${first.seed}`,
    `${scope} explored`,
  ].join('\n')
}

function scopeOf(explored: number, left: number, random: number): string {
  const n = (count: number) => count.toLocaleString('en-US')
  return left === 0
    ? `all ${n(explored)} interleavings`
    : `${n(explored)} of at least ${n(explored + left)} interleavings${random > 0 ? `, and ${n(random)} at random` : ''}`
}

function unstable(text: string): MyfyError {
  return new MyfyError(
    'MYFY_PROVE_UNSTABLE',
    `Cannot replay a problem: '${text}' does not occur again in the same schedule. Create everything that the application uses in the function, and use no real time, randomness or network.`,
  )
}
