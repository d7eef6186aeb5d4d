// `myfy start --workers N`: the process that keeps N workers, owns their sockets, and stops them all.

import { consoleLogger, ExitCode, type Logger, processHost } from '@myfy/core'
import { formatDuration, signalExitCode } from '@myfy/core/runtime'
import type { Entry } from '../entry/find-entry.ts'
import type { CliContext } from '../terminal/context.ts'
import { releaseEarlySignals } from '../terminal/early-signals.ts'
import type { Address } from './address.ts'
import { collectFrom } from './collect-from.ts'
import { ConnectionDistributor } from './connection-distributor.ts'
import { describeEarlyExit, describeExit } from './describe-exit.ts'
import { handlePrimarySignals } from './primary-signals.ts'
import { RestartDelay } from './restart-delay.ts'
import { RollingRestart, type WorkerSet } from './rolling-restart.ts'
import { droppedLine, forwardOutput, LineWriter } from './worker-output.ts'
import { type ProcessExit, setUpCluster, type WorkerListener, WorkerProcess } from './worker-process.ts'

/** Options of {@link runPrimary}. */
export interface PrimaryOptions {
  readonly entry: Entry
  /** The number of workers. */
  readonly workers: number
  readonly address: Address
  /** The modules that accept work; undefined for all. */
  readonly only: readonly string[] | undefined
  /** The arguments of the application. */
  readonly args: readonly string[]
  /** The time in which a replacement must become ready, in ms. */
  readonly startTimeout: number
  /** A worker that does not answer for this long is killed and replaced, in ms; 0 for never. */
  readonly workerTimeout: number
}

/** Runs workers until they have stopped, and resolves to the exit code. */
export async function runPrimary(
  { cwd, env, terminal }: CliContext,
  options: PrimaryOptions,
): Promise<ExitCode> {
  const { entry, address, args, only } = options
  // The workers write to pipes; the lines end up on this terminal.
  if (terminal.colors.isColorSupported) env.FORCE_COLOR ??= '1'
  setUpCluster(
    { file: entry.file, exportName: entry.exportName, cwd, address, args, only },
    options.workerTimeout,
  )
  const primary = new Primary(options)
  const removeHandlers = handlePrimarySignals({
    stop: (signal, forced) => primary.stop(signal, forced),
    ignored: (signal) => primary.ignored(signal),
    restart: () => primary.restart(),
  })
  releaseEarlySignals()
  try {
    return await primary.run()
  } finally {
    removeHandlers()
  }
}

/** The time for the last output of workers that have ended, in ms. Processes that they have started may hold it open. */
const OUTPUT_LIMIT_MS = 500
/** The longest time between a signal of the process group in a worker and in the primary, in ms. */
const GROUP_SIGNAL_MS = 200

class Primary implements WorkerSet, WorkerListener {
  readonly size: number
  #start!: () => void
  readonly started = new Promise<void>((resolve) => {
    this.#start = resolve
  })
  readonly #options: PrimaryOptions
  readonly #distributor = new ConnectionDistributor()
  /** The workers that serve, by slot. */
  readonly #serving = new Map<number, WorkerProcess>()
  /** Every process that has not ended. */
  readonly #all = new Set<WorkerProcess>()
  readonly #delay = new RestartDelay()
  readonly #timers = new Set<NodeJS.Timeout>()
  /** The output of workers that has not ended. */
  readonly #outputs = new Set<Promise<void>>()
  readonly #restart: RollingRestart
  readonly #stdout = new LineWriter(process.stdout, droppedLine)
  readonly #stderr = new LineWriter(process.stderr, droppedLine)
  readonly #logger: Logger
  #stop: { readonly signal: NodeJS.Signals; forced: boolean } | undefined
  #failure: ExitCode | undefined
  #finish!: (code: ExitCode) => void
  readonly #finished = new Promise<ExitCode>((resolve) => {
    this.#finish = resolve
  })

  constructor(options: PrimaryOptions) {
    this.size = options.workers
    this.#options = options
    this.#logger = consoleLogger({
      write: (line, level) =>
        (level === 'warn' || level === 'error' ? this.#stderr : this.#stdout).write(line),
    })
    this.#restart = new RollingRestart(this, this.#logger, options.startTimeout)
  }

  get stopping(): boolean {
    return this.#stop !== undefined
  }

  /** Starts the first worker, then the others: an error of the application is reported once, not N times. */
  async run(): Promise<ExitCode> {
    const began = performance.now()
    const urls = await this.#startFirst(1)
    const exclusive = this.size > 1 ? (this.#serving.get(1)?.exclusive ?? []) : []
    if (exclusive.length > 0) {
      this.#failure = ExitCode.usage
      this.#logger.error(
        { modules: exclusive, workers: this.size },
        `Cannot run ${this.size} workers: ${exclusive.join(' and ')} can run only once (exclusive). Leave out --workers, or let the module use something that can be shared.`,
      )
      this.stop('SIGTERM')
      return this.#finished
    }
    const others = Array.from({ length: urls && !this.stopping ? this.size - 1 : 0 }, (_, i) =>
      this.#startFirst(i + 2),
    )
    const started = [urls, ...(await Promise.all(others))]
    if (started.includes(undefined)) this.stop('SIGTERM')
    else if (!this.stopping) {
      const ms = performance.now() - began
      const where = urls && urls.length > 0 ? ` on ${urls.join(', ')}` : ''
      this.#logger.info(
        { pid: process.pid, workers: this.size, urls, ms },
        `${this.size} workers ready in ${formatDuration(ms)}${where}; SIGHUP to ${process.pid} replaces them one by one`,
      )
      processHost.notify('ready')
      this.#start()
    }
    return this.#finished
  }

  /** Replaces all workers by what is on the disk now. */
  restart(): void {
    this.#restart.request()
  }

  /** Passes the signal on to all workers. They take the connections that arrive until the first of them drains. */
  stop(signal: NodeJS.Signals, forced = false): void {
    const first = this.#stop === undefined
    this.#stop ??= { signal, forced: false }
    this.#stop.forced ||= forced
    for (const timer of this.#timers) clearTimeout(timer)
    if (first) {
      processHost.notify('stopping')
      this.#distributor.stop()
    }
    for (const worker of this.#all) worker.stop({ signal }, forced)
    this.#finishIfEmpty()
  }

  /** Reports a signal that does not change the stop that is under way. */
  ignored(signal: NodeJS.Signals): void {
    this.#logger.info({ signal }, `Received ${signal} again: already stopping`)
  }

  // ── WorkerSet ──────────────────────────────────────────────────────────────────────────────────────────────

  serving(slot: number): WorkerProcess | undefined {
    return this.#serving.get(slot)
  }

  fork(slot: number): WorkerProcess {
    const worker = new WorkerProcess(slot, this.#distributor, this)
    this.#all.add(worker)
    const output = forwardOutput(worker, this.#stdout, this.#stderr)
    this.#outputs.add(output)
    void output.then(() => this.#outputs.delete(output))
    void worker.exited.then((exit) => this.#exited(worker, exit))
    return worker
  }

  serve(worker: WorkerProcess): void {
    this.#serving.set(worker.slot, worker)
    if (this.#options.workerTimeout > 0 && !worker.inspected) worker.watch(this.#options.workerTimeout)
    this.#logger.info(
      { worker: worker.slot, pid: worker.pid },
      `worker ${worker.slot} ready (pid ${worker.pid})`,
    )
  }

  closeUnusedSockets(): void {
    this.#distributor.closeUnused()
  }

  // ── WorkerListener ─────────────────────────────────────────────────────────────────────────────────────────

  signaled(worker: WorkerProcess, signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP') return
    // A terminal and systemd signal the whole group. Then this process has received the signal too, or is about to.
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.stopping) worker.stop({ signal })
    }, GROUP_SIGNAL_MS)
    this.#timers.add(timer)
  }

  collect(asker: WorkerProcess, id: number, name: string): void {
    const workers = [...this.#serving.values()]
    // A worker that was replaced is left out, or its number would be there twice: sums and series would jump.
    if (!this.#serving.has(asker.slot)) workers.push(asker)
    void collectFrom(workers, name).then((collected) => asker.collected(id, collected))
  }

  unresponsive({ slot, pid }: WorkerProcess, ms: number): void {
    this.#logger.error(
      { worker: slot, pid, ms },
      `worker ${slot} (pid ${pid}) has not responded for ${formatDuration(ms)}: its event loop is blocked; killing it`,
    )
  }

  cut({ slot, pid }: WorkerProcess, ms: number): void {
    this.#logger.error(
      { worker: slot, pid, ms },
      `worker ${slot} (pid ${pid}) has not stopped within ${formatDuration(ms)}; killing it`,
    )
  }

  // ── the end of a worker ────────────────────────────────────────────────────────────────────────────────────

  /** Starts a worker of the first set: if it fails, everything does. */
  async #startFirst(slot: number): Promise<readonly string[] | undefined> {
    const worker = this.fork(slot)
    const urls = await worker.ready
    if (urls) this.serve(worker)
    else if (!this.stopping) {
      const exit = await worker.exited
      this.#failure ??= exit.code || ExitCode.failed
      this.#logger.error(
        { worker: slot, pid: worker.pid, ...exit },
        `worker ${slot} (pid ${worker.pid}) ${describeEarlyExit(exit)}; all workers stop`,
      )
    }
    return urls
  }

  #exited(worker: WorkerProcess, exit: ProcessExit): void {
    this.#all.delete(worker)
    const served = this.#serving.get(worker.slot) === worker
    if (served) this.#serving.delete(worker.slot)
    if (!served || this.stopping) this.#reportStop(worker, exit)
    if (this.stopping) {
      if (exit.code !== 0) this.#failure ??= exit.code
      return this.#finishIfEmpty()
    }
    if (served) this.#replaceLost(worker, exit)
  }

  /** Logs the end of a worker that had served and did not stop as it should: what it had in flight is lost. */
  #reportStop({ slot, pid, readySince }: WorkerProcess, exit: ProcessExit): void {
    if (readySince === undefined || (exit.code === 0 && exit.signal === null) || this.#stop?.forced) return
    this.#logger.error(
      { worker: slot, pid, ...exit },
      `worker ${slot} (pid ${pid}) ${describeExit(exit)} while it stopped`,
    )
  }

  #replaceLost({ slot, pid, readySince, stopping }: WorkerProcess, exit: ProcessExit): void {
    const now = performance.now()
    const delay = this.#delay.next(slot, now - (readySince ?? now))
    // A worker that stopped at a signal has not failed.
    this.#logger[stopping && exit.code === 0 ? 'info' : 'error'](
      { worker: slot, pid, ...exit },
      `worker ${slot} (pid ${pid}) ${describeExit(exit)}; another one starts in ${formatDuration(delay)}`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#refill(slot)
    }, delay)
    this.#timers.add(timer)
  }

  async #refill(slot: number): Promise<void> {
    if (this.stopping || this.#serving.has(slot)) return
    const worker = this.fork(slot)
    const deadline = setTimeout(() => worker.kill(), this.#options.startTimeout)
    const ready = await worker.ready
    clearTimeout(deadline)
    if (this.stopping) return
    if (!ready) return this.#replaceLost(worker, await worker.exited)
    // A rolling restart may have filled the slot meanwhile.
    if (this.#serving.has(slot)) worker.stop({ reason: 'another worker has its slot' })
    else this.serve(worker)
  }

  #finishIfEmpty(): void {
    if (!this.#stop || this.#all.size > 0) return
    this.#distributor.close()
    const { forced, signal } = this.#stop
    const finish = () => this.#finish(forced ? signalExitCode(signal) : (this.#failure ?? ExitCode.clean))
    const timer = setTimeout(finish, OUTPUT_LIMIT_MS)
    void Promise.all(this.#outputs).then(() => {
      clearTimeout(timer)
      finish()
    })
  }
}
