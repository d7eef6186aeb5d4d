// `myfy start --workers N`: the process that keeps N workers, replaces them on SIGHUP, and stops them all.

import { closeSync, openSync } from 'node:fs'
import { consoleLogger, ExitCode, type Logger, processHost } from '@myfy/core'
import type { Address } from '../commands/start.ts'
import type { Entry } from '../entry/find-entry.ts'
import type { CliContext } from '../terminal/context.ts'
import { duration } from '../terminal/progress.ts'
import { type ProcessExit, setUpCluster, WorkerProcess } from './worker-process.ts'

/** What a primary leads. */
export interface PrimaryOptions {
  readonly entry: Entry
  readonly workers: number
  readonly address: Address
}

/** Leads the workers until they have stopped. Resolves to the exit code. */
export async function runPrimary(
  { cwd }: CliContext,
  { entry, workers, address }: PrimaryOptions,
): Promise<ExitCode> {
  setUpCluster({ file: entry.file, exportName: entry.exportName, cwd, address })
  const primary = new Primary(workers, consoleLogger())
  const release = listen(primary)
  try {
    return await primary.run()
  } finally {
    release()
  }
}

/** The first wait before a worker that died is replaced, the longest, and how long it must serve to start over; ms. */
const backOff = { first: 100, longest: 30_000, forgiven: 10_000 }

class Primary {
  readonly #size: number
  readonly #logger: Logger
  /** Who serves, by place. */
  readonly #serving = new Map<number, WorkerProcess>()
  /** Every process there is. */
  readonly #all = new Set<WorkerProcess>()
  readonly #waits = new Map<number, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopping: { readonly signal: NodeJS.Signals; forced: boolean } | undefined
  #rolling = false
  #rollAgain = false
  #failure: ExitCode | undefined
  #ended!: (code: ExitCode) => void
  readonly #end: Promise<ExitCode>

  constructor(size: number, logger: Logger) {
    this.#size = size
    this.#logger = logger
    this.#end = new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  /** Starts the first worker, then the others: what is wrong with the application is said once, not N times. */
  async run(): Promise<ExitCode> {
    const began = performance.now()
    const first = await this.#enlist(1)
    const alone = this.#size > 1 ? (this.#serving.get(1)?.exclusive ?? []) : []
    if (alone.length > 0) {
      this.#failure = ExitCode.usage
      this.#logger.error(
        { modules: alone, workers: this.#size },
        `${alone.join(' and ')} can run only once (exclusive), so there cannot be ${this.#size} workers; leave out --workers, or let it use something that can be shared`,
      )
      this.stop('SIGTERM')
      return this.#end
    }
    const rest = Array.from({ length: first ? this.#size - 1 : 0 }, (_, i) => this.#enlist(i + 2))
    const all = [first, ...(await Promise.all(rest))]
    if (all.includes(undefined)) this.stop('SIGTERM')
    else if (!this.#stopping) {
      const urls = first ?? []
      this.#logger.info(
        { pid: process.pid, workers: this.#size, urls, ms: performance.now() - began },
        `${this.#size} workers ready in ${duration(performance.now() - began)}${urls.length > 0 ? ` on ${urls.join(', ')}` : ''}; SIGHUP to ${process.pid} replaces them one by one`,
      )
      processHost.notify('ready')
    }
    return this.#end
  }

  /** Starts a worker of the first set: if it fails, everything does. */
  async #enlist(place: number): Promise<readonly string[] | undefined> {
    const member = this.#fork(place)
    const urls = await member.ready
    if (urls) this.#serve(member)
    else if (!this.#stopping) this.#failure ??= (await member.exited).code || ExitCode.failed
    return urls
  }

  #fork(place: number): WorkerProcess {
    const member = new WorkerProcess(place)
    this.#all.add(member)
    void member.exited.then((end) => {
      this.#all.delete(member)
      if (!member.stopping && this.#serving.get(place) === member) this.#lost(member, end)
      if (this.#stopping && end.code !== 0) this.#failure ??= end.code
      this.#finish()
    })
    return member
  }

  #serve(member: WorkerProcess): void {
    this.#serving.set(member.slot, member)
    this.#logger.info(
      { worker: member.slot, pid: member.pid },
      `worker ${member.slot} ready (pid ${member.pid})`,
    )
  }

  // ── a worker that died ─────────────────────────────────────────────────────────────────────────────────────

  #lost(member: WorkerProcess, end: ProcessExit): void {
    const { slot: place, pid, readySince: servesSince } = member
    this.#serving.delete(place)
    if (this.#stopping) return
    const served = performance.now() - (servesSince ?? performance.now())
    const wait = served > backOff.forgiven ? backOff.first : (this.#waits.get(place) ?? backOff.first)
    this.#waits.set(place, Math.min(wait * 2, backOff.longest))
    this.#logger.error(
      { worker: place, pid, ...end },
      `worker ${place} (pid ${pid}) ${describeExit(end)}; another one starts in ${duration(wait)}`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#refill(place)
    }, wait)
    this.#timers.add(timer)
  }

  async #refill(place: number): Promise<void> {
    if (this.#stopping || this.#serving.has(place)) return
    const member = this.#fork(place)
    if (await member.ready) return this.#serve(member)
    this.#lost(member, await member.exited)
  }

  // ── replacing all ──────────────────────────────────────────────────────────────────────────────────────────

  /** Each worker by a new one, one after the other. A new one that does not start ends it, and the old ones go on. */
  async roll(): Promise<void> {
    if (this.#stopping) return
    if (this.#rolling) {
      this.#rollAgain = true
      return
    }
    this.#rolling = true
    this.#logger.info({}, 'SIGHUP: replacing the workers one by one')
    do {
      this.#rollAgain = false
      for (let place = 1; place <= this.#size && !this.#stopping; place++) {
        if (!(await this.#replace(place))) break
        if (place === this.#size) this.#logger.info({}, 'all workers are replaced')
      }
    } while (this.#rollAgain && !this.#stopping)
    this.#rolling = false
  }

  async #replace(place: number): Promise<boolean> {
    const fresh = this.#fork(place)
    if (!(await fresh.ready)) {
      if (this.#stopping) return false
      const end = await fresh.exited
      this.#logger.error(
        { worker: place, pid: fresh.pid, ...end },
        `the replacement of worker ${place} ${describeExit(end)} before it was ready (what it wrote says why); the old workers go on`,
      )
      return false
    }
    const old = this.#serving.get(place)
    this.#serve(fresh)
    // A stop that was asked for meanwhile has told the old one already.
    if (old && !old.stopping) old.stop({ type: 'myfy.replaced' })
    await old?.exited
    return true
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops all workers at once; a second call forces. */
  stop(signal: NodeJS.Signals): void {
    const force = this.#stopping !== undefined
    if (this.#stopping) this.#stopping.forced = true
    else {
      this.#stopping = { signal, forced: false }
      processHost.notify('stopping')
    }
    for (const timer of this.#timers) clearTimeout(timer)
    for (const member of this.#all) member.stop({ type: 'myfy.signal', signal, force })
    this.#finish()
  }

  get stopping(): boolean {
    return this.#stopping !== undefined
  }

  #finish(): void {
    if (!this.#stopping || this.#all.size > 0) return
    const { forced, signal } = this.#stopping
    this.#ended(forced ? 128 + (signalNumbers[signal] ?? 15) : (this.#failure ?? ExitCode.clean))
  }
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/** Signals that come this close together are one key press, in ms: the terminal and a wrapper both pass it on. */
const samePress = 300

function listen(primary: Primary): () => void {
  const terminal = terminalThere()
  let last = Number.NEGATIVE_INFINITY
  const stop = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (now - last < samePress) return
    last = now
    primary.stop(signal)
  }
  // The same signal says "replace the workers" and "your terminal is gone".
  const hangUp = () => (terminal && !terminalThere() ? stop('SIGHUP') : void primary.roll())
  const ignore = () => {}
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', hangUp)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore)
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', hangUp)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore)
  }
}

/** Whether this process has a terminal that is still there. */
function terminalThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

function describeExit({ code, signal }: ProcessExit): string {
  return signal ? `was killed by ${signal}` : `ended with code ${code}`
}
