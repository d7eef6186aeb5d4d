// Jobs in the database of the application, by pg-boss: sent and completed in its transactions.

import { createHash } from 'node:crypto'
import type { Connection, Engine } from '@myfy/data'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { AnyTask } from '../definition/task-list.ts'
import type { JobCount, JobFilter, JobRow } from '../engine/job-row.ts'
import type { EngineStart, JobFailure, NewJob, TakenJob, TaskEngine } from '../engine/task-engine.ts'
import { affectedBy, prepareQueues, setUpAlone, startBoss } from './boss.ts'
import { bossDatabase } from './boss-database.ts'
import { Completions } from './completions.ts'
import {
  beat,
  completeJobs,
  countJobs,
  dueTasks,
  failFinally,
  findJob,
  handBack,
  listJobs,
  notifyChannel,
  purgeJobs,
} from './job-table.ts'

/** Starts pg-boss on a database, one replica at a time. */
export async function openBoss(
  database: Engine,
  { runs, tasks, logger, signal, defer }: EngineStart,
): Promise<BossEngine> {
  const boss = await setUpAlone(database, { signal, logger }, async () => {
    const started = await startBoss(database, runs, logger)
    defer(() => started.stop({ graceful: false, close: false }))
    await prepareQueues(started, tasks)
    return started
  })
  return new BossEngine(boss, database, await notifyChannel(database))
}

/** BossEngine keeps jobs in the database of the application. */
export class BossEngine implements TaskEngine {
  readonly system = 'pg-boss'
  readonly #boss: PgBoss
  readonly #database: Engine
  readonly #channel: string
  readonly #completions: Completions

  constructor(boss: PgBoss, database: Engine, channel: string) {
    this.#boss = boss
    this.#database = database
    this.#channel = channel
    this.#completions = new Completions((ended) => completeJobs(database, ended))
  }

  async send(
    { task, content, startAfter, priority, key }: NewJob,
    connection?: Connection,
  ): Promise<string | undefined> {
    const id = await this.#boss.send(task.name, content, {
      ...(connection && { db: bossDatabase(() => connection) }),
      ...(startAfter && { startAfter }),
      ...(priority !== undefined && { priority }),
      ...(key !== undefined && { id: idOf(task.name, key) }),
    })
    return id ?? undefined
  }

  async take(task: AnyTask, limit: number): Promise<readonly TakenJob[]> {
    return (await this.#boss.fetch(task.name, {
      batchSize: limit,
      includeMetadata: true,
    })) as JobWithMetadata[]
  }

  async takeEarly(task: AnyTask): Promise<TakenJob | undefined> {
    const [job] = await this.#boss.fetch(task.name, { includeMetadata: true, ignoreStartAfter: true })
    return job as JobWithMetadata | undefined
  }

  async complete(job: TakenJob, output: object | undefined, connection?: Connection): Promise<boolean> {
    if (!connection) return this.#completions.add(job, output)
    return (await completeJobs(connection, [{ job, output }])).has(job.id)
  }

  async fail(job: TakenJob, { isFinal, code, message, stack }: JobFailure): Promise<void> {
    const { name, id, retryCount } = job
    const output = { code, message: storable(message), stack: storable(stack) }
    if (isFinal) await failFinally(this.#database, job, output)
    else await this.#boss.fail(name, { id, retryCount }, output)
  }

  beat(jobs: readonly TakenJob[]): Promise<void> {
    return beat(this.#database, jobs)
  }

  handBack(jobs: readonly TakenJob[]): Promise<void> {
    return handBack(this.#database, this.#channel, jobs)
  }

  due(): Promise<readonly string[]> {
    return dueTasks(this.#database)
  }

  listen(wake: (name?: string) => void, signal: AbortSignal): Promise<void> {
    return this.#database.listen(this.#channel, wake, signal)
  }

  list(filter: JobFilter): Promise<readonly JobRow[]> {
    return listJobs(this.#database, filter)
  }

  find(id: string): Promise<JobRow | undefined> {
    return findJob(this.#database, id)
  }

  count(): Promise<readonly JobCount[]> {
    return countJobs(this.#database)
  }

  purge(task: string | undefined): Promise<number> {
    return purgeJobs(this.#database, task)
  }

  async change(action: 'retry' | 'cancel', { name, id }: JobRow): Promise<boolean> {
    return affectedBy(await this.#boss[action](name, id)) > 0
  }
}

/** PostgreSQL stores no NUL characters and no halves of a character, and an error that cannot be stored would never end its job. */
const storable = (text: string | undefined) =>
  text === undefined ? undefined : Buffer.from(text).toString().replaceAll('\0', '\uFFFD')

/** The id of a keyed job: two jobs with one id cannot exist. */
function idOf(task: string, key: string): string {
  const hex = createHash('sha256').update(`${task}\n${key}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
