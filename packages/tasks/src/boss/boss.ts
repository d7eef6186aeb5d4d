// pg-boss on the database of the application: its start, its queues, its schedules.

import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@myfy/core'
import { clauseOf } from '@myfy/core/runtime'
import { type Engine, isUnavailable, Lease } from '@myfy/data'
import { PgBoss } from 'pg-boss'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import type { EngineStart } from '../engine/task-engine.ts'
import { TaskEngineError } from '../errors.ts'
import { bossDatabase } from './boss-database.ts'
import { SCHEMA } from './job-table.ts'

/** A process that is gone is noticed after this time, in s: its jobs run elsewhere. */
const HEARTBEAT_S = 10

/** The time after which another process may set up the engine, in ms, if this one is gone. */
const SETUP_MS = 15_000
/** The interval between attempts to take the lease, in ms. */
const POLL_MS = 100
/** The number of attempts after which the log names the holder. */
const SILENT_ATTEMPTS = 10
/** The lease under which the engine is set up. */
const SETUP_LEASE = 'tasks'

/** Runs work while no other replica does: pg-boss creates its schema without a lock. */
export async function setUpAlone<T>(
  engine: Engine,
  { signal, logger }: Pick<EngineStart, 'signal' | 'logger'>,
  work: () => Promise<T>,
): Promise<T> {
  // An embedded database has one process.
  if (engine.kind === 'embedded') return work()
  const lease = await takeLease(engine, signal, logger)
  const renewing = setInterval(() => void lease.renew(engine).catch(() => {}), SETUP_MS / 3)
  try {
    return await work()
  } finally {
    clearInterval(renewing)
    await lease.release(engine).catch(() => {})
  }
}

async function takeLease(engine: Engine, signal: AbortSignal, logger: Logger): Promise<Lease> {
  for (let attempt = 0; ; attempt++) {
    const lease = await Lease.acquire(engine, SETUP_LEASE, SETUP_MS)
    if (lease) return lease
    // Replicas that start together wait for each other briefly.
    const holder = attempt === SILENT_ATTEMPTS ? await Lease.holder(engine, SETUP_LEASE) : undefined
    if (holder)
      logger.info(
        { ...holder },
        `waiting for ${holder.owner}, which sets up the tasks since ${holder.since.toISOString()}`,
      )
    await delay(POLL_MS, undefined, { signal })
  }
}

/** Starts pg-boss. `supervises` runs its maintenance: jobs of processes that are gone, schedules, old jobs. */
export async function startBoss(engine: Engine, supervises: boolean, logger: Logger): Promise<PgBoss> {
  const boss = new PgBoss({
    db: bossDatabase(() => engine),
    backend: engine.kind === 'embedded' ? 'pglite' : 'postgres',
    schema: SCHEMA,
    supervise: supervises,
    schedule: supervises,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    cronMonitorIntervalSeconds: 5,
    registerInstance: false,
  })
  let last: string | undefined
  boss.on('error', (error) => {
    const { message } = error
    // A database that is away is one line. For a mistake the stack tells which statement of pg-boss it was.
    const fields = isUnavailable(error) ? { error: message } : { err: error }
    if (message !== last) logger.error(fields, `the task engine failed: ${message}`)
    last = message
  })
  try {
    await boss.start()
    return boss
  } catch (cause) {
    throw new TaskEngineError(
      'MYFY_TASKS_START',
      `Cannot start the engine of tasks: ${clauseOf(cause)}. Grant the user of the database the right to create the schema ${SCHEMA}.`,
      { cause },
    )
  }
}

/** Creates the queues of new tasks, brings those of changed tasks up to date, and sets the schedules. */
export async function prepareQueues(boss: PgBoss, { all }: TaskList): Promise<void> {
  const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]))
  for (const task of all) {
    const options = queueOptions(task)
    const queue = queues.get(task.name) as Readonly<Record<string, unknown>> | undefined
    if (!queue) await boss.createQueue(task.name, options)
    else if (Object.entries(options).some(([name, value]) => queue[name] !== value))
      await boss.updateQueue(task.name, options)
  }
  const schedules = new Set((await boss.getSchedules()).map(({ name }) => name))
  for (const { name, schedule } of all) {
    if (schedule) {
      const { cron, timeZone = 'UTC', input, missed = 'skip' } = schedule
      await boss.schedule(
        name,
        cron,
        { input },
        {
          tz: timeZone,
          missed: missed === 'run' ? 'once' : 'skip',
        },
      )
    } else if (schedules.has(name)) await boss.unschedule(name)
  }
}

function queueOptions({ retry, retryDelay, backoff, timeout }: AnyTask) {
  return {
    retryLimit: retry,
    retryDelay: Math.ceil(retryDelay / 1_000),
    retryBackoff: backoff,
    // The process aborts an attempt by itself; this is for one that is gone.
    expireInSeconds: Math.ceil(timeout / 1_000) + HEARTBEAT_S,
    heartbeatSeconds: HEARTBEAT_S,
    notify: true,
  }
}

/** Returns the number of jobs that a call has changed. pg-boss returns it and does not type it. */
export const affectedBy = (response: unknown): number => (response as { readonly affected: number }).affected
