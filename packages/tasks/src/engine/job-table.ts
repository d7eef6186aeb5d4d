// Statements on the table of jobs that pg-boss has no function for. Its version is pinned: the table is that of 12.38.

import type { Connection } from '@myfy/data'

/** The schema of the tables. */
export const SCHEMA = 'myfy_tasks'

/** A job, as commands and tests show it. */
export interface JobRow {
  /** The id. */
  readonly id: string
  /** The name of its task. */
  readonly name: string
  /** The state: `created` and `retry` wait, `active` runs. */
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed'
  /** The input as it is stored: `{ input: … }`. */
  readonly input: unknown
  /** The number of attempts that have failed. */
  readonly attempts: number
  /** The time from which it can run. */
  readonly startAfter: Date
  /** The time at which it was sent. */
  readonly createdOn: Date
  /** The time at which the last attempt began. */
  readonly startedOn: Date | null
  /** The time at which it ended. */
  readonly completedOn: Date | null
  /** The result of the handler, or its last error. */
  readonly output: unknown
}

const COLUMNS = `id, name, state::text as state, data as input, retry_count as attempts, start_after as "startAfter",
  created_on as "createdOn", started_on as "startedOn", completed_on as "completedOn", output`

/** Returns the channel by which pg-boss announces jobs. */
export async function notifyChannel(connection: Connection): Promise<string> {
  const { rows } = await connection.execute<{ channel: string }>(
    `select 'pgboss_' || left(encode(sha224($1::bytea), 'hex'), 24) as channel`,
    [Buffer.from(SCHEMA)],
  )
  return rows[0]!.channel
}

/** Returns the names of tasks that have jobs which are due. */
export async function dueTasks(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.execute<{ name: string }>(
    `select distinct name from ${SCHEMA}.job where state < 'active' and start_after <= now() and not blocked`,
  )
  return rows.map(({ name }) => name)
}

/** Gives jobs back that this process has taken, as if it had never taken them, and wakes other processes. */
export async function handBack(
  connection: Connection,
  channel: string,
  jobs: ReadonlyArray<{ readonly id: string; readonly name: string; readonly retryCount: number }>,
): Promise<void> {
  if (jobs.length === 0) return
  await connection.execute(
    `with given as (
       update ${SCHEMA}.job as job
       set state = case when job.retry_count > 0 then 'retry' else 'created' end::${SCHEMA}.job_state,
           started_on = null, heartbeat_on = null, start_after = now()
       from jsonb_to_recordset($1::jsonb) as taken(name text, id uuid, "retryCount" integer)
       where job.name = taken.name and job.id = taken.id and job.state = 'active'
         and job.retry_count = taken."retryCount"
       returning job.name
     ) select pg_notify($2, name) from (select distinct name from given) as names`,
    [JSON.stringify(jobs.map(({ id, name, retryCount }) => ({ id, name, retryCount }))), channel],
  )
}

/** Returns the names of tasks that have unfinished jobs, with their numbers. */
export async function unfinished(
  connection: Connection,
): Promise<ReadonlyArray<{ readonly name: string; readonly count: number }>> {
  const { rows } = await connection.execute<{ name: string; count: number }>(
    `select name, count(*)::int as count from ${SCHEMA}.job where state <= 'active' group by name`,
  )
  return rows
}

/** Returns the newest jobs, of one task or state if given. */
export async function listJobs(
  connection: Connection,
  { task, state, limit }: { readonly task?: string; readonly state?: string; readonly limit: number },
): Promise<readonly JobRow[]> {
  const { rows } = await connection.execute<JobRow>(
    `select ${COLUMNS} from ${SCHEMA}.job
     where ($1::text is null or name = $1) and ($2::text is null or state::text = $2)
     order by created_on desc, id limit $3`,
    [task ?? null, state ?? null, limit],
  )
  return rows
}

/** Returns one job. */
export async function findJob(connection: Connection, id: string): Promise<JobRow | undefined> {
  const { rows } = await connection.execute<JobRow>(
    `select ${COLUMNS} from ${SCHEMA}.job where id::text = $1`,
    [id],
  )
  return rows[0]
}

/** Deletes finished jobs of a task, or of all tasks, and returns their number. */
export async function purgeJobs(connection: Connection, task: string | undefined): Promise<number> {
  const { changed } = await connection.execute(
    `delete from ${SCHEMA}.job where state > 'active' and ($1::text is null or name = $1)`,
    [task ?? null],
  )
  return changed
}

/** Counts the jobs of each task by state. */
export async function countJobs(
  connection: Connection,
): Promise<ReadonlyArray<{ readonly name: string; readonly state: string; readonly count: number }>> {
  const { rows } = await connection.execute<{ name: string; state: string; count: number }>(
    `select name, state::text as state, count(*)::int as count from ${SCHEMA}.job group by 1, 2 order by 1, 2`,
  )
  return rows
}
