// The tasks of a project.

import { work } from '@myfy/di'
import { z } from 'zod'
import { Session } from '../data/tables.ts'

const Status = z.enum(['open', 'doing', 'done'])
export const NewTask = z.object({
  title: z.string().trim().min(1).max(200),
  priority: z.number().int().min(1).max(5).default(3),
  assigneeId: z.number().int().nullable().default(null),
  dueAt: z.iso.datetime().nullable().default(null),
})
export const TaskPatch = NewTask.extend({ status: Status }).partial()
export const Task = z
  .object({
    id: z.number(),
    projectId: z.number(),
    title: z.string(),
    status: z.string(),
    priority: z.number(),
    assigneeId: z.number().nullable(),
    dueAt: z.date().nullable(),
    createdAt: z.date(),
  })
  .meta({ id: 'Task' })
export const TaskQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  size: z.coerce.number().int().min(1).max(100).default(20),
  status: z.array(Status).optional(),
  q: z.string().max(100).optional(),
  sort: z.enum(['createdAt', '-createdAt', 'priority', '-priority', 'dueAt', '-dueAt']).default('-createdAt'),
})
export const TaskPage = z.object({
  items: z.array(Task),
  total: z.number(),
  page: z.number(),
  size: z.number(),
})

const columns = [
  ...(['id', 'project_id as projectId', 'title', 'status', 'priority'] as const),
  ...(['assignee_id as assigneeId', 'due_at as dueAt', 'created_at as createdAt'] as const),
] as const
const sortColumns = { createdAt: 'created_at', priority: 'priority', dueAt: 'due_at' } as const
const dateOf = (text: string | null) => (text === null ? null : new Date(text))

export const Tasks = work({ session: Session }, ({ session: { query } }) => ({
  async page(project: number, { page, size, status, q, sort }: z.infer<typeof TaskQuery>) {
    let found = query.selectFrom('tasks').where('project_id', '=', project)
    if (status) found = found.where('status', 'in', status)
    if (q) found = found.where('title', 'ilike', `%${q.replace(/[%_\\]/g, '\\$&')}%`)
    const count = found.select((e) => e.fn.countAll<string>().as('total'))
    const { total } = await count.executeTakeFirstOrThrow()
    const column = sortColumns[sort.replace('-', '') as keyof typeof sortColumns]
    const sorted = found
      .select(columns)
      .orderBy(column, sort.startsWith('-') ? 'desc' : 'asc')
      .orderBy('id')
    const items = await sorted
      .limit(size)
      .offset((page - 1) * size)
      .execute()
    return { items, total: Number(total), page, size }
  },

  create(project: number, { assigneeId, dueAt, ...task }: z.infer<typeof NewTask>) {
    const values = { ...task, project_id: project, assignee_id: assigneeId, due_at: dateOf(dueAt) }
    return query.insertInto('tasks').values(values).returning(columns).executeTakeFirstOrThrow()
  },

  update(id: number, { assigneeId, dueAt, ...patch }: z.infer<typeof TaskPatch>) {
    const changes = {
      ...patch,
      ...(assigneeId !== undefined && { assignee_id: assigneeId }),
      ...(dueAt !== undefined && { due_at: dateOf(dueAt) }),
    }
    return query.updateTable('tasks').set(changes).where('id', '=', id).returning(columns).executeTakeFirst()
  },

  remove: (id: number) => query.deleteFrom('tasks').where('id', '=', id).returning('id').executeTakeFirst(),
}))
