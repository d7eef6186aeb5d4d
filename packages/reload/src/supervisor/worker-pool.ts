// The worker processes of a supervisor: an active, a starting and a standby one, and those that are stopping.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { LoadOptions, WorkerMessage } from '../protocol.ts'
import { createSharedSockets } from '../sockets/shared-sockets.ts'
import type { SharedSockets, SocketUse } from '../sockets/socket-contract.ts'
import type { FileSnapshots } from '../watch/file-snapshots.ts'
import type { ForkedWorker } from './fork-worker.ts'
import { type WorkerListener, WorkerProcess, type WorkerProcessOptions } from './worker-process.ts'

/** The pause after a reload before the standby is updated, in ms. It must not take processor time from a reload. */
const STANDBY_DELAY_MS = 250

/** Options of a {@link WorkerPool}. */
export interface WorkerPoolOptions extends WorkerProcessOptions {
  /** The address of the first TCP listener of an application, in place of the one it asks for. */
  readonly listen?: ListenOverride | undefined
  readonly tsconfig?: string | undefined
  /** A process that was forked in advance, which becomes the first worker. */
  readonly firstWorker?: ForkedWorker | undefined
}

/** An address in place of the one that the application asks for; a part that is left out is not replaced. */
export interface ListenOverride {
  readonly port?: number | undefined
  readonly host?: string | undefined
}

/** The processes by role; one each, except for those that are stopping. */
export class WorkerPool {
  /** The worker that serves. */
  active: WorkerProcess | undefined
  /** The worker that loads its first application, or shows the error page. */
  starting: WorkerProcess | undefined
  /** The URLs of the modules that Node loads for the application; the standby loads them in advance. */
  externals: readonly string[] = []
  readonly sockets: SharedSockets = createSharedSockets((use) => this.#closeUse(use))
  readonly #options: WorkerPoolOptions
  readonly #listener: WorkerListener
  readonly #snapshots: FileSnapshots
  readonly #stopping = new Set<WorkerProcess>()
  #standby: WorkerProcess | undefined
  /** The files that the standby has not compiled yet. */
  readonly #standbyUpdates = new Map<string, string>()
  #standbyTimer: NodeJS.Timeout | undefined
  #count = 0

  constructor(options: WorkerPoolOptions, snapshots: FileSnapshots, listener: WorkerListener) {
    this.#options = options
    this.#snapshots = snapshots
    this.#listener = listener
  }

  /** The workers whose application may have something to finish. */
  get all(): WorkerProcess[] {
    return [this.active, this.starting, ...this.#stopping].filter((worker) => worker !== undefined)
  }

  /** Returns the next worker: the standby if there is one. */
  acquire(): WorkerProcess {
    if (this.#standby) this.#updateStandby()
    this.starting = this.#standby ?? this.#spawn()
    this.#standby = undefined
    return this.starting
  }

  /** Makes the starting worker the active one. */
  promote(): void {
    this.active = this.starting
    this.starting = undefined
    this.sockets.activate(this.active!.id)
  }

  /** Keeps a standby prepared with the last good version; `fresh` are the files that are new in it. */
  refreshStandby(fresh: ReadonlyArray<readonly [string, string]>): void {
    for (const [file, source] of fresh) this.#standbyUpdates.set(file, source)
    clearTimeout(this.#standbyTimer)
    this.#standbyTimer = setTimeout(() => {
      if (this.#standby) this.#updateStandby()
      else this.#standby = this.#spawn()
    }, STANDBY_DELAY_MS)
  }

  /** Kills the standby, which has loaded something that has changed since. */
  killStandby(): void {
    clearTimeout(this.#standbyTimer)
    this.#standby?.kill()
    this.#standby = undefined
  }

  /** Shows the error page, in a new process if the failed one is gone. That process also loads the next version. */
  showPage(problem: Problem, load: LoadOptions, fallback: ListenAddress | undefined): void {
    const address = this.sockets.addresses[0] ?? fallback
    if (!address) return
    const worker = this.starting ?? this.acquire()
    worker.send({ type: 'page', problem, address, load })
  }

  /** Stops a worker gracefully; it answers what it has accepted. */
  drain(worker: WorkerProcess, reason = 'replaced'): void {
    this.#forget(worker)
    this.#stopping.add(worker)
    worker.stop(reason)
  }

  /** Kills a worker that has accepted no connection, or does not answer. */
  kill(worker: WorkerProcess | undefined): void {
    if (!worker) return
    this.#forget(worker)
    this.#stopping.add(worker)
    worker.kill()
  }

  /**
   * Ends all workers. The one that serves is the last to accept: if the others have closed their sockets before, it can
   * answer every connection that waits. One that stops already may have closed its sockets, and one that starts may not
   * listen yet: the sockets stay open here until then, and what no worker has answered is answered here.
   */
  async end(reason: string, serving: WorkerProcess | undefined): Promise<void> {
    // Before the worker closes its own: a socket that is open here alone accepts connections that no process answers.
    if (serving && serving === this.active && !serving.failing) this.sockets.closeUsed()
    const others = this.all.filter((worker) => worker !== serving)
    for (const worker of others) worker.end(reason, serving === undefined && others.length === 1)
    const released = await Promise.all(others.map((worker) => worker.isReleased()))
    const late = others.filter((_, at) => !released[at])
    serving?.end(reason, late.length === 0)
    const isServingReleased = serving?.isReleased()
    // It was blocked, and is the last to accept in place of the one that serves.
    if (late.length === 1 && (await isServingReleased)) late[0]!.stop(reason, true)
    if (this.sockets.addresses.length === 0) return
    await isServingReleased
    await this.sockets.end()
  }

  /** Removes a worker that has exited. Returns the role that it had. */
  remove(worker: WorkerProcess): 'active' | 'starting' | 'other' {
    const role = worker === this.active ? 'active' : worker === this.starting ? 'starting' : 'other'
    this.#forget(worker)
    this.#stopping.delete(worker)
    this.sockets.exited(worker.id)
    return role
  }

  /** Sends a worker the listening handle that it asked for. */
  async sendListener(
    worker: WorkerProcess,
    { id, address, transport, page }: Extract<WorkerMessage, { type: 'acquire' }>,
  ): Promise<void> {
    try {
      const use = { worker: worker.id, request: id }
      const wanted = onThisMachine(page ? address : this.#overrideAddress(worker, address, transport))
      const { handle, path } = await this.sockets.bind(wanted, use)
      worker.listensFor = page ? 'page' : 'application'
      worker.send({ type: 'bound', id, ...(path !== undefined && { path }) }, handle)
    } catch (error) {
      const { message, code, port } = error as NodeJS.ErrnoException & { port?: number }
      const reason = { message, ...(code && { code }), ...(port !== undefined && { port }) }
      worker.send({ type: 'bound', id, error: reason })
    }
  }

  #closeUse({ worker: id, request }: SocketUse): void {
    const worker = this.all.find((candidate) => candidate.id === id)
    if (!worker) return
    worker.listenerTaken = true
    worker.send({ type: 'close', id: request })
  }

  /**
   * The override applies to the first TCP transport of each process, however often that asks, and also if a swap has
   * edited its address.
   */
  #overrideAddress(
    worker: WorkerProcess,
    requested: ListenAddress,
    transport: string | undefined,
  ): ListenAddress {
    const { listen } = this.#options
    if (!listen || 'path' in requested) return requested
    const host = listen.host ?? requested.host
    const port = listen.port ?? requested.port
    worker.firstTransport ??= { name: transport, address: requested }
    const first = worker.firstTransport
    if (transport !== undefined && transport === first.name) first.address = requested
    if (requested.port !== first.address.port || requested.host !== first.address.host) return requested
    return { port, ...(host !== undefined && { host }) }
  }

  #updateStandby(): void {
    if (this.#standbyUpdates.size > 0 && this.#standby)
      this.#prepare(this.#standby, [...this.#standbyUpdates])
    this.#standbyUpdates.clear()
  }

  #spawn(): WorkerProcess {
    const { firstWorker } = this.#options
    const isFirst = ++this.#count === 1 && firstWorker?.process.exitCode === null
    const forked = isFirst && firstWorker.process.connected ? firstWorker : undefined
    const worker = new WorkerProcess(this.#count, this.#options, this.#listener, forked)
    this.#standbyUpdates.clear()
    const { lastGood } = this.#snapshots
    this.#prepare(
      worker,
      [...lastGood].map(([file, { source }]) => [file, source] as const),
    )
    return worker
  }

  #prepare(worker: WorkerProcess, files: ReadonlyArray<readonly [string, string]>): void {
    const { tsconfig, debugged } = this.#options
    worker.send({ type: 'prepare', files, externals: this.externals, tsconfig, inlineMaps: debugged })
  }

  #forget(worker: WorkerProcess): void {
    if (worker === this.active) this.active = undefined
    if (worker === this.starting) this.starting = undefined
    if (worker === this.#standby) this.#standby = undefined
  }
}

/** Returns the address for the clients of this machine, unless a host is named: other machines do not develop with it. */
const onThisMachine = (address: ListenAddress): ListenAddress =>
  'path' in address || address.host !== undefined ? address : { ...address, host: '127.0.0.1' }
