// SIGHUP: each worker is replaced by a new one, one after the other.

import type { Logger } from '@myfy/core'
import { formatDuration } from '@myfy/core/runtime'
import { describeEarlyExit } from './describe-exit.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The workers as a rolling restart needs them. */
export interface WorkerSet {
  readonly size: number
  /** True from the beginning of the stop of all workers. */
  readonly stopping: boolean
  /** Resolves when the first workers serve. */
  readonly started: Promise<void>
  serving(slot: number): WorkerProcess | undefined
  fork(slot: number): WorkerProcess
  serve(worker: WorkerProcess): void
  /** Closes the sockets that no worker listens on any more. */
  closeUnusedSockets(): void
}

/**
 * Replaces workers one by one: a new worker is ready before the old one of its slot stops. A new worker that ends
 * before it is ready, or is not ready in time, ends the restart, and the old workers keep serving.
 */
export class RollingRestart {
  readonly #workers: WorkerSet
  readonly #logger: Logger
  readonly #startTimeout: number
  #replacement: WorkerProcess | undefined
  /** Counts the requests: a running restart ends when there is a newer one. */
  #request = 0
  /** A worker that is still starting must not take the slot of its replacement. */
  #running: Promise<void>

  /** @param startTimeout - how long a replacement may take to become ready, in ms */
  constructor(workers: WorkerSet, logger: Logger, startTimeout: number) {
    this.#workers = workers
    this.#running = workers.started
    this.#logger = logger
    this.#startTimeout = startTimeout
  }

  /** Begins a restart. A restart that is under way is superseded, and its unfinished replacement discarded. */
  request(): void {
    if (this.#workers.stopping) return
    const request = ++this.#request
    if (this.#replacement) {
      const { slot, pid } = this.#replacement
      this.#logger.info(
        { worker: slot, pid },
        `SIGHUP: discarding the unfinished replacement of worker ${slot} (pid ${pid}) and starting over`,
      )
      this.#replacement.stop({ reason: 'superseded by a newer SIGHUP' })
    } else this.#logger.info({}, 'SIGHUP: replacing the workers one by one')
    this.#running = this.#running.then(() => this.#run(request))
  }

  async #run(request: number): Promise<void> {
    for (let slot = 1; slot <= this.#workers.size; slot++) {
      if (this.#superseded(request) || !(await this.#replace(slot, request))) return
    }
    this.#workers.closeUnusedSockets()
    this.#logger.info({}, 'all workers are replaced')
  }

  #superseded(request: number): boolean {
    return this.#workers.stopping || request !== this.#request
  }

  async #replace(slot: number, request: number): Promise<boolean> {
    const replacement = this.#workers.fork(slot)
    this.#replacement = replacement
    let late = false
    const deadline = setTimeout(() => {
      late = true
      replacement.stopping = true
      replacement.kill()
    }, this.#startTimeout)
    const ready = await replacement.ready
    clearTimeout(deadline)
    this.#replacement = undefined
    if (this.#superseded(request)) {
      // It may have become ready at the very moment.
      if (ready && !replacement.stopping) replacement.stop({ reason: 'superseded by a newer SIGHUP' })
      return false
    }
    if (!ready) {
      const exit = await replacement.exited
      const reason = late
        ? `was not ready within ${formatDuration(this.#startTimeout)} and was killed`
        : describeEarlyExit(exit)
      this.#logger.error(
        { worker: slot, pid: replacement.pid, ...exit },
        `the replacement of worker ${slot} ${reason}; the old workers keep serving`,
      )
      return false
    }
    const old = this.#workers.serving(slot)
    this.#workers.serve(replacement)
    if (old && !old.stopping) old.stop({ reason: 'replaced by a new worker' })
    await old?.exited
    return true
  }
}
