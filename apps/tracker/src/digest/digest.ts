// Each night, on one replica: what is due tomorrow.

import { Application } from '@myfy/core'
import { defineTask } from '@myfy/tasks'
import { z } from 'zod'
import { Session } from '../data/tables.ts'

export const dailyDigest = defineTask(
  {
    name: 'digest',
    input: z.object({}),
    inject: { tables: Session, app: Application },
    schedule: { cron: '0 3 * * *', input: {}, missed: 'run' },
  },
  async ({ tables, app }) => {
    const rows = await tables.query
      .selectFrom('tasks')
      .innerJoin('users', 'users.id', 'tasks.assignee_id')
      .select(['users.email', 'tasks.title'])
      .where('tasks.status', '=', 'open')
      .where('due_at', '<', new Date(Date.now() + 86_400_000))
      .execute()
    app.logger.info({ tasks: rows.length }, 'digest')
    return { tasks: rows.length }
  },
)
