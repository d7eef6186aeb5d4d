// One worker of `myfy start --workers` as the primary sees it, from the fork to its end.

import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { ExitCode } from '@myfy/core'
import { parentWatchdog } from '@myfy/reload/first-worker'
import type { ConnectionDistributor, ConnectionTaker } from './connection-distributor.ts'
import type { Collected, PrimaryMessage, WorkerArguments, WorkerMessage, WorkerValue } from './protocol.ts'
import { withInstanceId } from './service-instance.ts'

/** The end of a process. */
export interface ProcessExit {
  readonly code: number
  readonly signal: string | null
}

/** The time for a stop of a worker that is forced to end or has loaded nothing, in ms. */
const SHORT_STOP_MS = 2_000
/** The time between two pings, in ms. */
const PING_INTERVAL_MS = 1_000

/** The signal to pass on, or another reason for a graceful stop. */
type StopCause = { readonly signal: NodeJS.Signals } | { readonly reason: string }

/** Receives what happens to a worker. */
export interface WorkerListener {
  /** True when all workers stop. */
  readonly stopping: boolean
  /** The worker itself was sent a signal. */
  signaled(worker: WorkerProcess, signal: NodeJS.Signals): void
  /** The worker asks for a value of every worker. */
  collect(worker: WorkerProcess, id: number, name: string): void
  /** The worker did not answer for `ms` and is killed. */
  unresponsive(worker: WorkerProcess, ms: number): void
  /** The worker did not stop within `ms` and is killed. */
  cut(worker: WorkerProcess, ms: number): void
}

/** One worker process. Its slot, 1 to N, passes to its replacement. */
export class WorkerProcess implements ConnectionTaker {
  readonly slot: number
  /** Resolves with its URLs when it serves, and with undefined if it ends before. */
  readonly ready: Promise<readonly string[] | undefined>
  /** Resolves when the process has ended. */
  readonly exited: Promise<ProcessExit>
  /** The time at which it became ready, in ms of `performance.now()`. */
  readySince: number | undefined
  /** True from the beginning of its stop. */
  stopping = false
  /** True if a debugger can pause it. */
  inspected = false
  /** The names of its modules that allow only one process. */
  exclusive: readonly string[] = []
  #loaded = false
  /** The stop of a process that had loaded nothing. */
  #earlyStop: { readonly cause: StopCause; readonly forced: boolean } | undefined
  #stopLimit = 10_000
  #deadline: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #unansweredPings = 0
  #sequence = 0
  readonly #unanswered = new Map<number, (accepted: boolean) => void>()
  readonly #unread = new Map<number, (value: WorkerValue | undefined) => void>()
  readonly #worker: Worker
  readonly #distributor: ConnectionDistributor
  readonly #listener: WorkerListener

  constructor(slot: number, distributor: ConnectionDistributor, listener: WorkerListener) {
    this.slot = slot
    this.#distributor = distributor
    this.#listener = listener
    // The supervisor of this process must hear from it, not from its workers.
    const worker = cluster.fork({
      MYFY_WORKER: String(slot),
      OTEL_RESOURCE_ATTRIBUTES: withInstanceId(process.env.OTEL_RESOURCE_ATTRIBUTES),
      NOTIFY_SOCKET: '',
      pm_id: undefined,
    })
    this.#worker = worker
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        clearTimeout(this.#deadline)
        clearInterval(this.#heartbeat)
        // Where the channel ended with a handle under way, Node.js emits no `disconnect`.
        setTimeout(() => this.#disconnected(), 50)
        // A process that was killed before it had loaded anything has lost nothing.
        const unloaded = this.stopping && !this.#loaded
        // A signal that ends it during its stop has cut the stop.
        const killed = this.stopping ? ExitCode.incomplete : ExitCode.failed
        resolve({ code: unloaded ? ExitCode.clean : (code ?? killed), signal })
      })
    })
    // Only when the channel is closed, all its answers are read.
    worker.once('disconnect', () => this.#disconnected())
    // A message to a process that has just ended; its exit is handled above.
    worker.on('error', () => {})
    this.ready = new Promise((resolve) => {
      worker.on('message', (message: WorkerMessage) => {
        this.#receive(message)
        if (message?.type === 'myfy.ready') resolve(message.urls)
      })
      void this.exited.then(() => resolve(undefined))
    })
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  get stdout(): NodeJS.ReadableStream | null {
    return this.#worker.process.stdout
  }

  get stderr(): NodeJS.ReadableStream | null {
    return this.#worker.process.stderr
  }

  take(key: string, connection: object): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#worker.isConnected()) return resolve(false)
      const sequence = this.#sequence++
      this.#unanswered.set(sequence, resolve)
      this.#send({ type: 'myfy.connection', key, sequence }, connection)
    })
  }

  /** Resolves to the value of a name in this worker; to undefined if the worker ends before it answers. */
  read(name: string): Promise<WorkerValue | undefined> {
    return new Promise((resolve) => {
      if (!this.#worker.isConnected()) return resolve(undefined)
      const id = this.#sequence++
      this.#unread.set(id, resolve)
      this.#send({ type: 'myfy.read', id, name })
    })
  }

  /** Answers `myfy.collect`. */
  collected(id: number, collected: Collected): void {
    this.#send({ type: 'myfy.collected', id, ...collected })
  }

  /**
   * Passes on a signal, or stops it gracefully for another reason. It is killed at its limit. Connections go to the other
   * workers from now on, unless all of them stop.
   */
  stop(cause: StopCause, forced = false): void {
    this.stopping = true
    clearInterval(this.#heartbeat)
    if (!this.#listener.stopping) this.#distributor.remove(this)
    this.#earlyStop = this.#loaded ? undefined : { cause, forced }
    if (!this.#loaded || !this.#worker.isConnected()) this.#worker.process.kill('SIGTERM')
    else if ('signal' in cause) this.#send({ type: 'myfy.signal', ...cause })
    else this.#send({ type: 'myfy.stop', ...cause })
    clearTimeout(this.#deadline)
    const limit = forced || !this.#loaded ? SHORT_STOP_MS : this.#stopLimit
    this.#deadline = setTimeout(() => {
      if (this.#loaded) this.#listener.cut(this, limit)
      this.kill()
    }, limit)
  }

  /** Ends the process at once. */
  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  /** Kills the process when it does not answer for `timeout` ms: its event loop is blocked. */
  watch(timeout: number): void {
    clearInterval(this.#heartbeat)
    const allowed = Math.max(1, Math.ceil(timeout / PING_INTERVAL_MS))
    this.#heartbeat = setInterval(() => {
      // Pings are counted, not time: a machine that slept has not sent any.
      if (this.#unansweredPings++ < allowed) return this.#send({ type: 'myfy.ping' })
      clearInterval(this.#heartbeat)
      this.#distributor.remove(this)
      this.#listener.unresponsive(this, timeout)
      this.kill()
    }, PING_INTERVAL_MS)
    this.#heartbeat.unref()
  }

  #receive(message: WorkerMessage): void {
    switch (message?.type) {
      case 'myfy.loaded':
        this.#loaded = true
        this.#stopLimit = message.stopLimit
        // Its SIGTERM was handled by something that was imported, such as the SDK of OpenTelemetry.
        if (this.#earlyStop) this.stop(this.#earlyStop.cause, this.#earlyStop.forced)
        return
      case 'myfy.ready':
        this.#stopLimit = message.stopLimit
        this.exclusive = message.exclusive
        this.inspected = message.inspected
        this.readySince = performance.now()
        return
      case 'myfy.pong':
        this.#unansweredPings = 0
        return
      case 'myfy.signaled':
        return this.#listener.signaled(this, message.signal)
      case 'myfy.collect':
        return this.#listener.collect(this, message.id, message.name)
      case 'myfy.value':
        this.#unread.get(message.id)?.(message)
        this.#unread.delete(message.id)
        return
      case 'myfy.accepted':
        this.#unanswered.get(message.sequence)?.(message.accepted)
        this.#unanswered.delete(message.sequence)
        return
      case 'myfy.unlisten': {
        const { key } = message
        return void this.#distributor.release(this, key).then(() => this.#send({ type: 'myfy.emptied', key }))
      }
      case 'myfy.listen': {
        const { type: _, id, ...request } = message
        void this.#distributor
          .listen(this, request)
          .then((binding) => this.#send({ type: 'myfy.bound', id, ...binding }))
      }
    }
  }

  #disconnected(): void {
    this.#distributor.remove(this)
    for (const resolve of this.#unanswered.values()) resolve(false)
    this.#unanswered.clear()
    for (const resolve of this.#unread.values()) resolve(undefined)
    this.#unread.clear()
  }

  #send(message: PrimaryMessage, connection?: object): void {
    if (!this.#worker.isConnected()) return
    this.#worker.process.send(message, connection as never, () => {})
  }
}

/**
 * Tells node:cluster which program the workers run. Their output is read by this process.
 *
 * @param workerTimeout - the time for which a worker may be blocked when this process is gone, in ms; 0 for any time
 */
export function setUpCluster(workerArguments: WorkerArguments, workerTimeout: number): void {
  const file = import.meta.url.endsWith('.ts') ? './worker/worker.ts' : './worker.js'
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(file, import.meta.url)),
    args: [JSON.stringify(workerArguments)],
    execArgv: [...(workerTimeout > 0 ? parentWatchdog(workerTimeout) : []), ...process.execArgv],
    silent: true,
  })
}
