// One database with the processes on it: runs the scenario, with one fault at one point, and looks at what is left.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { type Boundary, type Fault, normalized, StatementCounter } from './boundaries.ts'
import type { CrashCheck } from './crash-check.ts'
import { CrashClient } from './crash-client.ts'
import { CrashProcess, type Launch, type LaunchAddress } from './crash-process.ts'
import { difference, ObservedTables, type Row, stableRows, unendedRows } from './observed-state.ts'
import type { CrashProblem, CrashScenario, Expected } from './scenario.ts'

/** The inputs that all lanes share. */
export interface LaneParts {
  readonly launch: (address: LaunchAddress) => Launch
  readonly scenario: CrashScenario
  readonly checks: readonly CrashCheck[]
  readonly describe: (sql: string) => string
  /** The statements of an application without work, which are no part of the scenario. */
  readonly idle: ReadonlySet<string>
}

/** The time in which everything must end after a fault, in ms. */
const SETTLE_MS = 45_000
/** The interval between looks at what is left to do, in ms. */
const LOOK_MS = 100
/** The time without work after which a run counts as one without the point, in ms. */
const PASSED_MS = 6_000
/** The time in which a process that was stopped must have continued, in ms. */
const CONTINUE_MS = 20_000
/** The time without a statement after which a process is quiet, in ms. */
const QUIET_MS = 300

/** The end of a run. */
export interface LaneRun {
  /** False if the run has ended without the point. */
  readonly reached: boolean
  readonly problem?: CrashProblem | undefined
}

export class CrashLane {
  readonly #parts: LaneParts
  readonly #engine: Engine
  readonly #databaseUrl: string
  readonly #directory = mkdtempSync(join(tmpdir(), 'myfy-prove-'))
  /** Every process that was started: one that is stopped ends by no other way. */
  readonly #processes = new Set<CrashProcess>()
  #serving: Promise<CrashProcess>
  #tables: ObservedTables | undefined

  /** Starts a process on an empty database. */
  constructor(parts: LaneParts, engine: Engine, databaseUrl: string) {
    this.#parts = parts
    this.#engine = engine
    this.#databaseUrl = databaseUrl
    this.#serving = this.#start()
  }

  /** Waits for the first process. */
  async open(): Promise<void> {
    await this.#serving
    this.#tables = await ObservedTables.open(this.#engine)
  }

  /** Returns the texts of the statements that the process sends without work. */
  async idleStatements(ms: number): Promise<ReadonlySet<string>> {
    const { proxy } = await this.#serving
    await wait(QUIET_MS * 3)
    const texts = new Set<string>()
    proxy.saw = (sql) => texts.add(normalized(sql))
    await wait(ms)
    proxy.saw = () => {}
    return texts
  }

  /** Runs the scenario without a fault. */
  async record(): Promise<{
    points: readonly Boundary[]
    rows: readonly Row[]
    before: readonly Row[]
    statuses: readonly number[]
    observed: string
  }> {
    await this.#reset()
    const before = await this.#tables!.rows(this.#engine)
    const points: Boundary[] = []
    const client = await this.#begin((boundary) => void points.push(boundary))
    await this.#parts.scenario.run(client)
    await this.#settle(() => new Date(0))
    await wait(QUIET_MS)
    return {
      points,
      before,
      rows: await this.#tables!.rows(this.#engine),
      statuses: client.answered.map(({ response }) => response.status),
      observed: await this.#observed(),
    }
  }

  /** Runs the scenario with a fault at a point. */
  async run(point: Boundary, fault: Fault, expected: Expected): Promise<LaneRun> {
    await this.#reset()
    // No process is gone yet; one that loses its connections is not gone either.
    let gone = await this.#now()
    const victim = await this.#serving
    let struck = false
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const client: CrashClient = await this.#begin(async ({ name }) => {
      if (name !== point.name || struck) return
      struck = true
      if (fault === 'lost connection') return victim.proxy.cut()
      await victim.signal(fault)
      gone = await this.#now()
      victim.proxy.name = () => undefined
      this.#serving = this.#start()
      if (fault === 'SIGKILL') return victim.proxy.close()
      client.abandon()
      // A statement is held until the process continues; a request is over for its client.
      if (!name.startsWith('request ')) await held
    })
    await this.#parts.scenario.run(client)
    const settled = await this.#settle(
      () => gone,
      () => struck,
    )
    let ended = settled
    if (fault === 'SIGSTOP' && struck) {
      await victim.signal('SIGCONT')
      release()
      await this.#untilQuiet(victim)
      ended = await this.#settle(() => gone)
    }
    const { ownEnd } = await this.#serving
    if (ownEnd && isPortTaken(ownEnd.output)) {
      // Another program listened on the port first, and has answered: the run says nothing.
      await victim.end()
      this.#serving = this.#start()
      return { reached: false }
    }
    const problem = struck
      ? await this.#examine(client, expected, { settled, ended }, point, fault)
      : undefined
    if (fault !== 'lost connection' && struck) await victim.end()
    return { reached: struck, problem }
  }

  /** Ends all processes, also after a run that has failed. */
  async close(): Promise<void> {
    await this.#serving.catch(() => {})
    for (const one of this.#processes) await one.end()
    await this.#engine.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #start(): Promise<CrashProcess> {
    const { launch, scenario } = this.#parts
    const env = Object.fromEntries(
      Object.entries(scenario.env ?? {}).map(([name, value]) => [
        name,
        value.replaceAll('{directory}', this.#directory),
      ]),
    )
    const launched = (address: LaunchAddress) => {
      const command = launch(address)
      return { ...command, env: { ...env, ...command.env } }
    }
    const starting = CrashProcess.start(launched, this.#databaseUrl, this.#directory)
    // The run that awaits the process receives its failure.
    starting.then(
      (one) => this.#processes.add(one),
      () => {},
    )
    return starting
  }

  /** Begins a run: names the statements of the present process from now on. */
  async #begin(at: (boundary: Boundary) => void | Promise<void>): Promise<CrashClient> {
    const { proxy } = await this.#serving
    const counter = new StatementCounter(this.#parts.describe)
    proxy.name = (sql) => (this.#parts.idle.has(normalized(sql)) ? undefined : counter.next(sql))
    proxy.at = at
    return new CrashClient(async () => (await this.#serving).url, at)
  }

  async #reset(): Promise<void> {
    const { proxy } = await this.#serving
    proxy.name = () => undefined
    await this.#tables!.reset(this.#engine)
    for (const check of this.#parts.checks) await check.reset(this.#engine)
    rmSync(this.#directory, { recursive: true, force: true })
    mkdirSync(this.#directory)
    await this.#parts.scenario.reset?.({ directory: this.#directory })
  }

  /** Returns the time of the server. */
  async #now(): Promise<Date> {
    const { rows } = await this.#engine.execute<{ now: Date }>('select clock_timestamp() as now')
    return rows[0]!.now
  }

  /** Waits until nothing is left to do, and the fault has struck. Returns false if that takes too long. */
  async #settle(gone: () => Date, struck: () => boolean = () => true): Promise<boolean> {
    const limit = performance.now() + SETTLE_MS
    let idle = 0
    while (performance.now() < limit) {
      await this.#serving
      const { checks } = this.#parts
      if (struck()) for (const check of checks) await check.passTime(this.#engine, gone())
      const isSettled = (await Promise.all(checks.map((check) => check.isSettled(this.#engine)))).every(
        Boolean,
      )
      if (isSettled && struck()) return true
      // A run that has ended without the point.
      idle = isSettled ? idle + 1 : 0
      if (idle * LOOK_MS > PASSED_MS) return true
      await wait(LOOK_MS)
    }
    return false
  }

  /** Waits until a process that continues has sent what it was about to send. */
  async #untilQuiet(process: CrashProcess): Promise<void> {
    const { proxy } = process
    let seen = 0
    proxy.saw = () => {
      seen++
    }
    const limit = performance.now() + CONTINUE_MS
    let before: number
    // Silence tells nothing of a process that the system does not run yet: an answer shows that it has done what came
    // before. An idle application sends statements as well, but not for long at a time.
    do {
      before = seen
      await process.answers(CONTINUE_MS)
      await wait(QUIET_MS)
      await process.answers(CONTINUE_MS)
    } while (!(proxy.isIdle && seen === before) && performance.now() < limit)
  }

  async #observed(): Promise<string> {
    const modules = await Promise.all(this.#parts.checks.map((check) => check.observe(this.#engine)))
    return JSON.stringify({
      modules,
      effects: await this.#parts.scenario.observe?.({ directory: this.#directory }),
    })
  }

  async #examine(
    client: CrashClient,
    expected: Expected,
    { settled, ended }: { readonly settled: boolean; readonly ended: boolean },
    point: Boundary,
    fault: Fault,
  ): Promise<CrashProblem | undefined> {
    const others: string[] = []
    if (!ended) others.push('work is left that does not end')
    else if (!settled) others.push('work waits until the stopped process continues')
    const { ownEnd } = await this.#serving
    if (ownEnd) others.push(`a process ended by itself with ${ownEnd.code}: ${ownEnd.output.slice(-500)}`)
    const statuses = client.answered.map(({ response }) => response.status)
    // A request that cannot be repeated and was not answered has happened, or it has not: nothing in between.
    const isUnknown = client.unanswered.length > 0 || statuses.join() !== expected.statuses.join()
    if (isUnknown && client.unanswered.length === 0 && !statuses.some((status) => status >= 500))
      others.push(`answered ${statuses.join()} instead of ${expected.statuses.join()}`)
    for (const { request, response } of client.answered) {
      if (!isKeyed(request.headers)) continue
      const again = await client.again(request)
      if (again?.status !== response.status || again.text !== response.text)
        others.push(`the repeat of ${request.method} ${request.path} has another answer`)
    }
    if (this.#tables!.hasOwn) others.push(...(await unendedRows(this.#engine)))
    const found = stableRows(await this.#tables!.rows(this.#engine), expected.ignored)
    const after = difference(expected.rows, found)
    const observed = await this.#observed()
    const nothing = difference(expected.before, found)
    const isNothing = isUnknown && nothing.lost.length + nothing.twice.length === 0
    if (!isNothing && observed !== expected.observed)
      others.push(`${observed} instead of ${expected.observed}`)
    const { lost, twice } = isNothing ? nothing : after
    if (lost.length + twice.length + others.length === 0) return undefined
    return { point: point.label, fault, lost, twice, others }
  }
}

const isKeyed = (headers: Readonly<Record<string, string>> = {}): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key')

const isPortTaken = (output: string): boolean => /EADDRINUSE|MYFY_PORT_TAKEN|address is in use/.test(output)
