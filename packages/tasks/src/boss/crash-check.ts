// The part of tasks in `myfy prove --crash`: jobs end, and each of them once.

import type { CrashCheck } from '@myfy/data'
import { countJobs, SCHEMA } from './job-table.ts'

const JOB = `${SCHEMA}.job`

/** The statements of pg-boss, by what they do. The first that matches names the statement. */
const LABELS: ReadonlyArray<readonly [text: RegExp, label: string]> = [
  [/insert into myfy_tasks\.job/i, 'insert of a job'],
  [/skip locked/i, 'claim of a job'],
  [/state = 'completed'/i, 'completion of a job'],
  [/state = 'cancelled'/i, 'cancellation of a job'],
  [/'retry'.*'failed'|'failed'.*'retry'/i, 'failure of a job'],
  [/set heartbeat_on/i, 'heartbeat of a job'],
]

/** Passes the time of jobs, and observes how they have ended. */
export const taskCrashCheck: CrashCheck = {
  async passTime(connection, since) {
    await connection.execute(
      // A process that is suspended may hold the lock of its job.
      `update ${JOB} set heartbeat_on = now() - interval '1 hour' where id in (
         select id from ${JOB} where state = 'active' and coalesce(heartbeat_on, started_on) <= $1
         for update skip locked)`,
      [since],
    )
    await connection.execute(
      `update ${JOB} set start_after = now() where state < 'active' and start_after > now()`,
    )
  },
  async isSettled(connection) {
    const { rows } = await connection.execute(`select 1 from ${JOB} where state <= 'active' limit 1`)
    return rows.length === 0
  },
  observe: countJobs,
  reset: (connection) => connection.execute(`delete from ${JOB}`),
  label: (sql) => LABELS.find(([text]) => text.test(sql))?.[1],
}
