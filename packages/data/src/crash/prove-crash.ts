// The proof: records the boundaries of a scenario, and runs it again with each fault at each of them.

import { randomBytes } from 'node:crypto'
import { consoleLogger } from '@myfy/core'
import { clauseOf } from '@myfy/core/runtime'
import pg from 'pg'
import type { Engine } from '../engine/engine.ts'
import { DatabaseError } from '../errors.ts'
import { openPostgres } from '../postgres/postgres-engine.ts'
import { type Boundary, describeStatement, FAULTS, type Fault, pointsOfBoth } from './boundaries.ts'
import type { CrashCheck } from './crash-check.ts'
import { CrashLane } from './crash-lane.ts'
import type { Launch, LaunchAddress } from './crash-process.ts'
import { stableRows, volatileColumns } from './observed-state.ts'
import type { CrashProblem, CrashScenario, Expected } from './scenario.ts'

/** Options of {@link proveCrash}. */
export interface CrashOptions {
  /** The PostgreSQL server, on which databases are created and removed. */
  readonly url: string
  /** Returns the command that starts the application. */
  readonly launch: (address: LaunchAddress) => Launch
  /** The scenario. */
  readonly scenario: CrashScenario
  /** The checks of modules. Default: none. */
  readonly checks?: readonly CrashCheck[]
  /** The faults. Default: all of them. */
  readonly faults?: readonly Fault[]
  /** The number of databases that are used side by side. Default: 4. */
  readonly lanes?: number
  /** Selects points by their label. Default: all. */
  readonly only?: (label: string) => boolean
  /** Receives the progress. */
  readonly progress?: (done: number, all: number) => void
}

/** The result of a proof. */
export interface CrashProof {
  readonly scenario: string
  /** The points, in the order of the scenario. */
  readonly points: readonly string[]
  readonly faults: readonly Fault[]
  /** The number of runs in which the fault has struck. */
  readonly runs: number
  /** The runs that broke the promise. */
  readonly problems: readonly CrashProblem[]
  /** The points at which a fault did not strike, although the application passes them in every run without a fault. */
  readonly unreached: readonly string[]
  /** The points at which a fault did not strike, and which the application passes in some runs only. */
  readonly occasional: readonly string[]
  /** The statements of the application without work, which are no points. */
  readonly idle: readonly string[]
  readonly ms: number
}

/** The time for which the statements of an application without work are observed, in ms. */
const IDLE_MS = 7_000
/** The number of attempts to reach a point. */
const ATTEMPTS = 3

/**
 * Proves a scenario on a real server: a fault at each of its boundaries loses nothing and repeats nothing.
 *
 * @throws DatabaseError if the server or the application cannot be used
 * @example
 * ```ts
 * import { certificate, type CrashScenario, proveCrash } from '@myfy/data/testing'
 *
 * export async function prove(scenario: CrashScenario): Promise<string> {
 *   const proof = await proveCrash({
 *     url: 'postgres://postgres@localhost:5432/postgres',
 *     scenario,
 *     launch: ({ databaseUrl, port }) => ({
 *       command: 'node',
 *       args: ['dist/main.js'],
 *       env: { DATABASE_URL: databaseUrl, PORT: String(port) },
 *     }),
 *   })
 *   return certificate(proof)
 * }
 * ```
 */
export async function proveCrash(options: CrashOptions): Promise<CrashProof> {
  const { url, scenario, checks = [], faults = FAULTS, only = () => true } = options
  const began = performance.now()
  const databases = new Databases(url)
  const idle = new Set<string>()
  const describe = (sql: string) =>
    checks.map((check) => check.label(sql)).find((label) => label !== undefined) ?? describeStatement(sql)
  const parts = { launch: options.launch, scenario, checks, describe, idle }
  const lanes: CrashLane[] = []
  const open = async () => {
    const { engine, databaseUrl } = await databases.create()
    const lane = new CrashLane(parts, engine, databaseUrl)
    lanes.push(lane)
    await lane.open()
    return lane
  }
  try {
    const first = await open()
    for (const text of await first.idleStatements(IDLE_MS)) idle.add(text)
    const { points: all, expected } = await reference(first)
    const points = all.filter(({ label }) => only(label))
    const work = points.flatMap((point) => faults.map((fault) => ({ point, fault })))
    const total = work.length
    const problems: CrashProblem[] = []
    const unreached: string[] = []
    const occasional: string[] = []
    let runs = 0
    let done = 0
    const take = async (lane: CrashLane) => {
      for (let next = work.shift(); next; next = work.shift()) {
        const { point, fault } = next
        let run = await lane.run(point, fault, expected)
        for (let n = 1; n < ATTEMPTS && !run.reached; n++) run = await lane.run(point, fault, expected)
        if (run.reached) runs++
        else (point.isOptional ? occasional : unreached).push(`${point.label} (${fault})`)
        if (run.problem) problems.push(run.problem)
        options.progress?.(++done, total)
      }
    }
    const count = Math.max(1, Math.min(options.lanes ?? 4, total))
    const others = Array.from({ length: count - 1 }, async () => take(await open()))
    // A lane that has failed ends the proof; the runs of the others end before their processes do.
    const taken = await Promise.allSettled(
      [take(first), ...others].map((lane) =>
        lane.catch((error: unknown) => {
          work.length = 0
          throw error
        }),
      ),
    )
    for (const lane of taken) if (lane.status === 'rejected') throw lane.reason
    return {
      scenario: scenario.name,
      points: points.map(({ label }) => label),
      faults,
      runs,
      problems,
      unreached,
      occasional,
      idle: [...new Set([...idle].map(describeStatement))].sort(),
      ms: Math.round(performance.now() - began),
    }
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.close()))
    await databases.remove()
  }
}

/** Runs the scenario twice without a fault: what differs between the two says nothing. */
async function reference(lane: CrashLane): Promise<{ points: readonly Boundary[]; expected: Expected }> {
  // The first run fills caches: its way is not that of the others.
  await lane.record()
  const one = await lane.record()
  const other = await lane.record()
  const ignored = volatileColumns(one.rows, other.rows)
  if (one.observed !== other.observed || one.statuses.join() !== other.statuses.join())
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      `Cannot prove the scenario: two runs without a fault differ: ${one.observed} ${one.statuses.join()}, and ${other.observed} ${other.statuses.join()}. Let it do the same each time.`,
    )
  if (one.points.every(({ name }) => name.startsWith('request ')))
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      `Cannot prove the scenario: it sends no statement; its requests are answered ${one.statuses.join(', ') || 'not at all'}. Let it change the database.`,
    )
  return {
    points: pointsOfBoth(one.points, other.points),
    expected: {
      statuses: one.statuses,
      rows: stableRows(one.rows, ignored),
      before: stableRows(one.before, ignored),
      ignored,
      observed: one.observed,
    },
  }
}

/** The databases of a proof, created on a server and removed from it. */
class Databases {
  readonly #url: string
  readonly #names: string[] = []

  constructor(url: string) {
    this.#url = url
  }

  async create(): Promise<{ engine: Engine; databaseUrl: string }> {
    const name = `myfy_prove_${randomBytes(6).toString('hex')}`
    await this.#run(`create database ${name}`)
    this.#names.push(name)
    const own = new URL(this.#url)
    own.pathname = name
    const logger = consoleLogger({ level: 'silent' })
    const { signal } = new AbortController()
    const options = { url: own.href, pool: 3, wait: 5_000, statementTimeout: 60_000 }
    return { engine: await openPostgres(options, signal, logger), databaseUrl: own.href }
  }

  async remove(): Promise<void> {
    for (const name of this.#names) await this.#run(`drop database if exists ${name} with (force)`)
  }

  async #run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 2_000 })
    try {
      await client.connect()
      await client.query(statement)
    } catch (cause) {
      throw new DatabaseError(
        'MYFY_PROVE_DATABASE',
        `Cannot prepare a database for the proof at ${new URL(this.#url).host}: ${clauseOf(cause)}. Name a PostgreSQL server on which databases may be created with --database.`,
        { cause },
      )
    } finally {
      await client.end().catch(() => {})
    }
  }
}
