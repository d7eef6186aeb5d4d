// Statements on the table of jobs that pg-boss has no function for. Its version is pinned: the table is that of 12.38.

import type { Connection } from '@myfy/data'
import type { JobCount, JobFilter, JobRow } from '../engine/job-row.ts'
import type { TakenJob } from '../engine/task-engine.ts'
import type { Ended } from './completions.ts'

/** The schema of the tables. */
export const SCHEMA = 'myfy_tasks'

/** The jobs of pg-boss itself, such as those of its schedules, are not tasks of the application. */
const OF_TASKS = `left(name, 10) <> '__pgboss__'`

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

/** Ends jobs that this process has taken, and returns the ids of those that it still held. */
export async function completeJobs(
  connection: Connection,
  ended: readonly Ended[],
): Promise<ReadonlySet<string>> {
  const { rows } = await connection.execute<{ id: string }>(
    `update ${SCHEMA}.job as job
     set state = 'completed', completed_on = now(), output = done.output
     from jsonb_to_recordset($1::jsonb) as done(name text, id uuid, "retryCount" integer, output jsonb)
     where job.name = done.name and job.id = done.id and job.state = 'active'
       and job.retry_count = done."retryCount"
     returning job.id`,
    [
      JSON.stringify(
        ended.map(({ job: { id, name, retryCount }, output }) => ({ id, name, retryCount, output })),
      ),
    ],
  )
  return new Set(rows.map(({ id }) => id))
}

/** Shows that this process still runs its jobs. */
export async function beat(connection: Connection, jobs: readonly TakenJob[]): Promise<void> {
  await connection.execute(
    `update ${SCHEMA}.job as job set heartbeat_on = now()
     from jsonb_to_recordset($1::jsonb) as taken(name text, id uuid, "retryCount" integer)
     where job.name = taken.name and job.id = taken.id and job.state = 'active'
       and job.retry_count = taken."retryCount"`,
    [JSON.stringify(jobs.map(({ id, name, retryCount }) => ({ id, name, retryCount })))],
  )
}

/** Ends a job that no further attempt could complete. It keeps its error, and can be repeated by hand. */
export async function failFinally(
  connection: Connection,
  { name, id, retryCount }: TakenJob,
  output: object,
): Promise<void> {
  await connection.execute(
    `update ${SCHEMA}.job set state = 'failed', completed_on = now(), output = $4::jsonb
     where name = $1 and id = $2 and retry_count = $3 and state = 'active'`,
    [name, id, retryCount, JSON.stringify(output)],
  )
}

/** Gives jobs back that this process has taken, as if it had never taken them, and wakes other processes. */
export async function handBack(
  connection: Connection,
  channel: string,
  jobs: readonly TakenJob[],
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

/** Returns the newest jobs, of one task or state if given. */
export async function listJobs(
  connection: Connection,
  { task, state, limit }: JobFilter,
): Promise<readonly JobRow[]> {
  const { rows } = await connection.execute<JobRow>(
    `select ${COLUMNS} from ${SCHEMA}.job
     where ${OF_TASKS} and ($1::text is null or name = $1) and ($2::text is null or state::text = $2)
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
    `delete from ${SCHEMA}.job where ${OF_TASKS} and state > 'active' and ($1::text is null or name = $1)`,
    [task ?? null],
  )
  return changed
}

/** Counts the jobs of each task by state. */
export async function countJobs(connection: Connection): Promise<readonly JobCount[]> {
  const { rows } = await connection.execute<JobCount>(
    `select name, state::text as state, count(*)::int as count from ${SCHEMA}.job
     where ${OF_TASKS} group by 1, 2 order by 1, 2`,
  )
  return rows
}
