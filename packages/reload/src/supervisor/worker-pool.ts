// The worker processes of a supervisor: one serves, one is coming, one is ready to, some are leaving.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { LoadOptions, WorkerMessage } from '../protocol.ts'
import type { FileSnapshots } from '../watch/file-snapshots.ts'
import { createSharedSockets, type SharedSockets } from './shared-sockets.ts'
import { type WorkerListener, WorkerProcess, type WorkerProcessOptions } from './worker-process.ts'

/** A spare is told what is new when nothing else happened for so many ms: it must not take the cores from a reload. */
const idle = 250

/** What a crew is made with. */
export interface WorkerPoolOptions extends WorkerProcessOptions {
  /** Where the first TCP address that an application asks for really is. */
  readonly listen?: ListenOverride | undefined
}

/** Another address than the application says; what is left out stays as it says. */
export interface ListenOverride {
  readonly port?: number | undefined
  readonly host?: string | undefined
}

/** Who does what. At most one each, but for those that leave. */
export class WorkerPool {
  /** Serves. */
  active: WorkerProcess | undefined
  /** Loads its first application, or shows why it could not. */
  starting: WorkerProcess | undefined
  /** What Node loads for the application; a spare loads it ahead. */
  externals: readonly string[] = []
  readonly sockets: SharedSockets = createSharedSockets()
  readonly #options: WorkerPoolOptions
  readonly #listener: WorkerListener
  readonly #snapshots: FileSnapshots
  readonly #stopping = new Set<WorkerProcess>()
  #standby: WorkerProcess | undefined
  /** What the spare does not know yet. */
  readonly #standbyUpdates = new Map<string, string>()
  #standbyTimer: NodeJS.Timeout | undefined
  #count = 0

  constructor(options: WorkerPoolOptions, contents: FileSnapshots, listener: WorkerListener) {
    this.#options = options
    this.#snapshots = contents
    this.#listener = listener
  }

  /** Everybody whose application may have something to finish. */
  get all(): WorkerProcess[] {
    return [this.active, this.starting, ...this.#stopping].filter((child) => child !== undefined)
  }

  /** The next one to come: the spare if there is one. */
  acquire(): WorkerProcess {
    if (this.#standby) this.#updateStandby()
    this.starting = this.#standby ?? this.#spawn()
    this.#standby = undefined
    return this.starting
  }

  /** The one that came serves now. */
  promote(): void {
    this.active = this.starting
    this.starting = undefined
    this.sockets.activate(this.active!.id)
  }

  /** Has a spare that knows the good version. `fresh` is what the present one does not know yet. */
  refreshStandby(fresh: ReadonlyArray<readonly [string, string]>): void {
    for (const [file, source] of fresh) this.#standbyUpdates.set(file, source)
    clearTimeout(this.#standbyTimer)
    this.#standbyTimer = setTimeout(() => {
      if (this.#standby) this.#updateStandby()
      else this.#standby = this.#spawn()
    }, idle)
  }

  /** The spare is of no use any more: it has loaded what has changed. */
  killStandby(): void {
    clearTimeout(this.#standbyTimer)
    this.#standby?.kill()
    this.#standby = undefined
  }

  /** If nothing is left of the process that failed, another one shows the page and loads the next version. */
  showPage(problem: Problem, load: LoadOptions, otherwise: ListenAddress | undefined): void {
    const address = this.sockets.addresses[0] ?? otherwise
    if (!address) return
    const child = this.starting ?? this.acquire()
    child.send({ type: 'page', problem, address, load })
  }

  /** It stops gracefully; what it took it answers. */
  drain(child: WorkerProcess, reason = 'replaced'): void {
    this.#forget(child)
    this.#stopping.add(child)
    child.stop(reason)
  }

  /** It ends at once: it never served, or does not answer. */
  kill(child: WorkerProcess | undefined): void {
    if (!child) return
    this.#forget(child)
    this.#stopping.add(child)
    child.kill()
  }

  /** It is gone. Says what it was. */
  remove(child: WorkerProcess): 'present' | 'coming' | 'other' {
    const role = child === this.active ? 'present' : child === this.starting ? 'coming' : 'other'
    this.#forget(child)
    this.#stopping.delete(child)
    return role
  }

  /** Gives a process something to listen on. */
  async sendListener(
    child: WorkerProcess,
    { id, address }: Extract<WorkerMessage, { type: 'acquire' }>,
  ): Promise<void> {
    try {
      const { handle, path } = await this.sockets.bind(this.#overrideAddress(child, address), child.id)
      child.send({ type: 'bound', id, ...(path !== undefined && { path }) }, handle)
    } catch (error) {
      const { message, code, port } = error as NodeJS.ErrnoException & { port?: number }
      child.send({
        type: 'bound',
        id,
        error: { message, ...(code && { code }), ...(port !== undefined && { port }) },
      })
    }
  }

  /** The first TCP address of each process is the one that the override is for, however often it is asked for. */
  #overrideAddress(child: WorkerProcess, asked: ListenAddress): ListenAddress {
    const { listen } = this.#options
    if (!listen || 'path' in asked) return asked
    const host = listen.host ?? asked.host
    const port = listen.port ?? asked.port
    // The error page knows the address already.
    if (host === asked.host && port === asked.port) return asked
    child.firstAddress ??= asked
    if (asked.port !== child.firstAddress.port || asked.host !== child.firstAddress.host) return asked
    return { port, ...(host !== undefined && { host }) }
  }

  #updateStandby(): void {
    if (this.#standbyUpdates.size > 0)
      this.#standby?.send({ type: 'prepare', files: [...this.#standbyUpdates], externals: this.externals })
    this.#standbyUpdates.clear()
  }

  #forget(child: WorkerProcess): void {
    if (child === this.active) this.active = undefined
    if (child === this.starting) this.starting = undefined
    if (child === this.#standby) this.#standby = undefined
  }

  #spawn(): WorkerProcess {
    const child = new WorkerProcess(++this.#count, this.#options, this.#listener)
    this.#standbyUpdates.clear()
    const files = [...this.#snapshots.lastGood].map(([file, { source }]) => [file, source] as const)
    child.send({ type: 'prepare', files, externals: this.externals })
    return child
  }
}
