// What the primary process of `myfy start --workers` and its workers say to each other, and a worker as it is held.

import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Address } from '../commands/start.ts'

/** What a worker is to run; its only argument, as JSON. */
export interface WorkerArguments {
  readonly file: string
  readonly exportName?: string
  readonly cwd: string
  readonly address: Address
}

/** From the primary to a worker. */
export type PrimaryMessage =
  /** Stop because the process group got this signal; a worker that got it as well has begun already. */
  | { readonly type: 'myfy.signal'; readonly signal: NodeJS.Signals; readonly force: boolean }
  /** Stop because another one has taken this one's place. */
  | { readonly type: 'myfy.replaced' }

/** From a worker to the primary. */
export type WorkerMessage =
  /** It can be told to stop; `budget` is how long that may take, in ms. */
  | { readonly type: 'myfy.loaded'; readonly budget: number }
  | {
      readonly type: 'myfy.ready'
      readonly urls: readonly string[]
      readonly budget: number
      /** The modules of which there can be only one, however many processes. */
      readonly exclusive: readonly string[]
    }

/** How a worker ended. */
export interface ProcessExit {
  readonly code: number
  readonly signal: string | null
}

/** How much longer than its budget a worker may take before it is killed, in ms. */
const margin = 2_000

/** One worker, from the fork to its end. */
export class WorkerProcess {
  /** Its place: 1 to N. A replacement takes the place of the one it replaces. */
  readonly slot: number
  /** Resolves with its URLs when it serves, with undefined if it ended before. */
  readonly ready: Promise<readonly string[] | undefined>
  /** Resolves when the process is gone. */
  readonly exited: Promise<ProcessExit>
  /** When it became ready, in ms of `performance.now()`. */
  readySince: number | undefined
  /** It was told to stop. */
  stopping = false
  /** The modules of it of which there can be only one, however many processes. */
  exclusive: readonly string[] = []
  #loaded = false
  #budget = 10_000
  #deadline: NodeJS.Timeout | undefined
  readonly #worker: Worker

  constructor(place: number) {
    this.slot = place
    // Who supervises this process must hear from it, not from its workers.
    const worker = cluster.fork({ MYFY_WORKER: String(place), NOTIFY_SOCKET: '', pm_id: undefined })
    this.#worker = worker
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        clearTimeout(this.#deadline)
        resolve({ code: code ?? 1, signal })
      })
    })
    // A message to a process that has just died is nobody's concern: its end is.
    worker.on('error', () => {})
    this.ready = new Promise((resolve) => {
      worker.on('message', (report: WorkerMessage) => {
        if (report?.type !== 'myfy.loaded' && report?.type !== 'myfy.ready') return
        this.#loaded = true
        this.#budget = report.budget
        if (report.type === 'myfy.loaded') return
        this.exclusive = report.exclusive
        this.readySince = performance.now()
        resolve(report.urls)
      })
      void this.exited.then(() => resolve(undefined))
    })
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** Makes it stop gracefully; after its budget it is killed. */
  stop(order: PrimaryMessage): void {
    this.stopping = true
    // Before its code is loaded there is nothing to stop, and nobody who would listen.
    if (!this.#loaded || !this.#worker.isConnected()) this.#worker.process.kill('SIGTERM')
    else this.#worker.process.send(order, () => {})
    const force = order.type === 'myfy.signal' && order.force
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(
      () => this.#worker.process.kill('SIGKILL'),
      force ? margin : this.#budget + margin,
    )
  }
}

/** Tells node:cluster what the workers are. */
export function setUpCluster(assignment: WorkerArguments): void {
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  // Round robin: a connection that a worker has just stopped taking is given to the next one, so none is lost.
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(file, import.meta.url)),
    args: [JSON.stringify(assignment)],
  })
}
