// The tables, and the tokens of the database with their types.

import { tablesOf } from '@myfy/data'
import type { Generated } from 'kysely'

interface Entity {
  id: Generated<number>
  created_at: Generated<Date>
}

interface Tables {
  users: Entity & { email: string; name: string; password_hash: string; role: Generated<string> }
  projects: Entity & { name: string; owner_id: number }
  tasks: Entity & {
    project_id: number
    title: string
    status: Generated<string>
    priority: number
    assignee_id: number | null
    due_at: Date | null
  }
  comments: Entity & { task_id: number; author_id: number; body: string }
  attachments: Entity & { task_id: number; name: string; type: string; size: number; path: string }
}

export const { Session, Database } = tablesOf<Tables>()
