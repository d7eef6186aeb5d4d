// The queues of BullMQ: one for each task, and a worker for each whose jobs this process runs.

import { type JobsOptions, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { AnyTask } from '../definition/task-list.ts'
import type { RedisConnections } from './redis.ts'

/** A process that is gone is noticed after this time, in ms: its jobs run elsewhere. */
export const LOCK_MS = 10_000
/** The interval at which jobs of processes that are gone are looked for, in ms. */
const STALLED_MS = 5_000
/** The time for which finished jobs are kept, in s. */
const KEEP_S = 7 * 86_400

/** BullQueues opens the queues of tasks. */
export class BullQueues {
  readonly #connections: RedisConnections
  readonly #prefix: string
  readonly #queues = new Map<string, Queue>()
  readonly #workers = new Map<string, Worker>()
  #patient: Redis | undefined

  constructor(connections: RedisConnections, prefix: string) {
    this.#connections = connections
    this.#prefix = prefix
  }

  /** Returns the queue of a task, which need not be registered. */
  queue(name: string): Queue {
    let queue = this.#queues.get(name)
    if (!queue) {
      queue = new Queue(name, { connection: this.#connections.quick, prefix: this.#prefix })
      queue.on('error', (error) => this.#connections.report(error))
      this.#queues.set(name, queue)
    }
    return queue
  }

  /** Returns what takes jobs of a task. It runs none by itself. */
  worker({ name, retry }: AnyTask): Worker {
    let worker = this.#workers.get(name)
    if (!worker) {
      this.#patient ??= this.#connections.patient()
      worker = new Worker(name, null, {
        connection: this.#patient,
        prefix: this.#prefix,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_MS,
        // A job whose process is gone has used an attempt, as on PostgreSQL.
        maxStalledCount: retry,
      })
      worker.on('error', (error) => this.#connections.report(error))
      this.#workers.set(name, worker)
    }
    return worker
  }

  /** Looks for the jobs of processes that are gone, until `close`. */
  async watchStalled(tasks: readonly AnyTask[]): Promise<void> {
    for (const task of tasks) await this.worker(task).startStalledCheckTimer()
  }

  /** Returns the names of all queues on the server, also of tasks that are not registered. */
  async names(): Promise<readonly string[]> {
    const found: string[] = []
    const start = `${this.#prefix}:`
    const end = ':meta'
    let cursor = '0'
    do {
      const [next, keys] = await this.#connections.quick.scan(
        cursor,
        'MATCH',
        `${escaped(start)}*${end}`,
        'COUNT',
        1_000,
      )
      cursor = next
      for (const key of keys) found.push(key.slice(start.length, -end.length))
    } while (cursor !== '0')
    return [...new Set(found)].sort()
  }

  /** Stops the workers and forgets the queues. Connections are closed by their owner. */
  async close(): Promise<void> {
    const closing = [...this.#workers.values()].map((worker) => worker.close(true))
    for (const queue of this.#queues.values()) closing.push(queue.close())
    const results = await Promise.allSettled(closing)
    for (const result of results) if (result.status === 'rejected') this.#connections.report(result.reason)
  }
}

/** The options of every job of a task. */
export function jobOptions({ retry, retryDelay, backoff }: AnyTask): JobsOptions {
  return {
    attempts: retry + 1,
    backoff: { type: backoff ? 'exponential' : 'fixed', delay: retryDelay },
    removeOnComplete: { age: KEEP_S },
    removeOnFail: { age: KEEP_S },
  }
}

/** Escapes the characters of a pattern. */
const escaped = (text: string): string => text.replaceAll(/[[\]*?\\^]/g, '\\$&')
